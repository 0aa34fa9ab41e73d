/* The memory of all clients together, and which clients go first when it is used up. */
#include "server/pressure.h"

#include "base/log.h"
#include "server/conn.h"
#include "server/reaper.h"

#include <linux/sockios.h>
#include <malloc.h>
#include <sys/ioctl.h>

/* A client that has received or sent something within this time is slow, not idle. */
#define IDLE_MS 1000
/* Clients ended after one batch; their memory is then free, and may be enough. */
#define ENDED_MOST 16
/* Between two looks at all connections, and between two messages. */
#define LOOK_MS 100
#define SAY_MS (60 * 1000)

/* It holds more than its connection, and somebody waits for it. */
static bool could_go(const struct conn *c)
{
    switch (c->state) {
    case CONN_UNDECIDED:
    case CONN_HANDSHAKE:
    case CONN_HEAD:
    case CONN_BODY:
    case CONN_SENDING:
        return c->held > sizeof *c;
    case CONN_IDLE:
    case CONN_OPENING:
    case CONN_STARVED:
    case CONN_AWAITING:
    case CONN_LOADING:
    case CONN_LINGER:
    case CONN_DOOMED:
    case CONN_DEAD:
    case CONN_STATES:
        return false;
    }
    __builtin_unreachable();
}

/* Taking bytes out of the kernel makes no event while enough are left in it. */
static void look_at_readers(struct shard *s)
{
    uint64_t now = s->loop.now;
    for (struct list *n = s->conns.next; n != &s->conns; n = n->next) {
        struct conn *c = container_of(n, struct conn, node);
        int unsent = 0;
        if (c->state != CONN_SENDING || now - c->moved_at < IDLE_MS)
            continue;
        ioctl(c->stream.fd, SIOCOUTQ, &unsent);
        if (unsent < c->left_over)
            c->moved_at = now;
        c->left_over = unsent;
    }
}

static struct conn *longest_idle(struct shard *s)
{
    struct conn *longest = NULL;
    for (struct list *n = s->conns.next; n != &s->conns; n = n->next) {
        struct conn *c = container_of(n, struct conn, node);
        if (could_go(c) && (!longest || c->moved_at < longest->moved_at))
            longest = c;
    }
    return longest && s->loop.now - longest->moved_at >= IDLE_MS ? longest : NULL;
}

static void say(struct shard *s)
{
    uint64_t now = s->loop.now;
    if (s->pressure_said_at != 0 && now - s->pressure_said_at < SAY_MS)
        return;
    s->pressure_said_at = now;
    log_line(
        "clients use all the memory that they may have: idle ones are disconnected, the longest idle first "
        "(--max-memory allows more)");
}

/* Clients of the other loops may have been idle for longer. */
static void wake_others(struct shard *s)
{
    for (unsigned i = 0; i < s->server->shard_count; i++) {
        struct shard *other = &s->server->shards[i];
        if (other != s && !atomic_exchange(&other->pressed, true))
            loop_post(&other->loop, &other->press);
    }
}

static void on_pressed(struct task *t)
{
    struct shard *s = container_of(t, struct shard, press); /* the end of this batch does the rest */
    atomic_store(&s->pressed, false);
}

void pressure_init(struct shard *s)
{
    task_init(&s->press, on_pressed);
}

void pressure_relieve(struct shard *s)
{
    const struct budget *memory = &s->server->memory;
    if (!budget_is_over(memory) || s->loop.now - s->pressure_at < LOOK_MS)
        return;
    s->pressure_at = s->loop.now;
    bool some_ended = false;
    look_at_readers(s);
    for (int i = 0; i < ENDED_MOST && budget_is_over(memory); i++) {
        struct conn *c = longest_idle(s);
        if (!c)
            break;
        say(s);
        conn_kill(c, true);
        reaper_collect(s);
        some_ended = true;
    }
    if (some_ended)
        malloc_trim(0); /* the C library would keep it for this thread, and others need it */
    if (budget_is_over(memory))
        wake_others(s);
}
