/* Every timeout in the server, and every free of a connection. */
#include "server/reaper.h"

#include "server/conn.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static const uint32_t deadline_ms[DEADLINE_COUNT] = {
    /* The simplest client sends a bare name and waits: a name is complete after this silence. It is longer
     * than any sender's pause within a write, and too short for a person to notice. */
    [DEADLINE_QUIET] = 100,
    [DEADLINE_HANDSHAKE] = 10 * 1000,
    [DEADLINE_HEAD] = 10 * 1000,
    [DEADLINE_RETRY] = 100,
    /* A disk that wakes up takes ten seconds; one that takes longer is dead. */
    [DEADLINE_WORKER] = 60 * 1000,
    [DEADLINE_IDLE] = 60 * 1000,
    /* Three looks in a row at which the peer has received nothing make its 60 s. */
    [DEADLINE_STALL] = 20 * 1000,
    [DEADLINE_LINGER] = 2 * 1000,
};
#define STALL_LOOKS 3
#define LINGER_LOOKS 30
/* While others wait for a place: how long a client that was answered, or has not asked yet, may keep its
 * place idle; and how many are looked at, and ended, at a time. */
#define ANSWERED_IDLE_MS 100
#define SILENT_IDLE_MS 1000
#define ROOM_LOOKS 64
#define ROOM_MOST 16

/* Whether the peer still receives the bytes in the kernel. Its reading makes no event while more than a
 * third of the socket's buffer is full, so looking is the only way to know. */
static bool takes_nothing(struct conn *c, uint8_t looks)
{
    int unsent = 0;
    ioctl(c->stream.fd, SIOCOUTQ, &unsent);
    c->idle_looks = unsent == c->unsent ? (uint8_t)(c->idle_looks + 1) : 1;
    c->unsent = unsent;
    return c->idle_looks >= looks;
}

static void on_due(struct timer_queue *q, struct timer *t)
{
    struct conn *c = container_of(t, struct conn, deadline);
    (void)q;
    switch (c->state) {
    case CONN_IDLE:
    case CONN_UNDECIDED:
    case CONN_HANDSHAKE:
    case CONN_HEAD:
    case CONN_BODY:
        conn_overdue(c);
        return;
    case CONN_STARVED:
        conn_retry(c);
        return;
    case CONN_SENDING:
        if (takes_nothing(c, STALL_LOOKS)) {
            conn_kill(c, true);
            return;
        }
        if (c->idle_looks > 1)
            conn_limit(c); /* whatever it received before */
        conn_rearm(c);
        return;
    case CONN_LINGER:
        if (takes_nothing(c, LINGER_LOOKS) || c->unsent == 0)
            conn_kill(c, c->unsent != 0 || !c->end_said);
        else
            conn_rearm(c);
        return;
    case CONN_OPENING:
    case CONN_AWAITING:
    case CONN_LOADING:
        conn_kill(c, true);
        return;
    case CONN_DOOMED:
    case CONN_DEAD:
    case CONN_STATES:
        return;
    }
}

static bool asks_nothing(const struct conn *c)
{
    return c->state == CONN_IDLE || c->state == CONN_HANDSHAKE;
}

static void reap(struct conn *c)
{
    conn_close(c);
    list_remove(&c->turn.node);
    list_remove(&c->node);
    free(c);
}

void reaper_collect(struct shard *s)
{
    while (!list_empty(&s->dead))
        reap(container_of(s->dead.next, struct conn, node));
}

void reaper_init(struct shard *s)
{
    list_init(&s->conns);
    list_init(&s->dead);
    for (unsigned d = DEADLINE_NONE + 1; d < DEADLINE_COUNT; d++)
        loop_add_queue(&s->loop, &s->deadlines[d], deadline_ms[d], on_due);
}

/* A request that is already in the socket counts as running. */
static void end_unless_it_asks(struct conn *c)
{
    conn_try(c);
    bool has_more = !list_empty(&c->turn.node); /* more than fits into one turn */
    if (asks_nothing(c) && !has_more)
        conn_kill(c, false);
}

void reaper_drain(struct shard *s)
{
    for (struct list *n = s->conns.next, *next; n != &s->conns; n = next) {
        struct conn *c = container_of(n, struct conn, node);
        next = n->next;
        if (asks_nothing(c))
            end_unless_it_asks(c);
    }
}

bool reaper_make_room(struct shard *s)
{
    unsigned ended = 0, seen = 0;
    struct list *idle = &s->deadlines[DEADLINE_IDLE].timers;
    for (struct list *n = idle->next, *next; n != idle && seen < ROOM_LOOKS && ended < ROOM_MOST; n = next) {
        struct timer *t = container_of(n, struct timer, node);
        struct conn *c = container_of(t, struct conn, deadline);
        uint64_t since = t->due - deadline_ms[DEADLINE_IDLE];
        next = n->next;
        seen++;
        if (s->loop.now - since < (c->answered ? ANSWERED_IDLE_MS : SILENT_IDLE_MS))
            continue;
        end_unless_it_asks(c);
        ended += c->state == CONN_DEAD;
    }
    return ended > 0;
}

unsigned reaper_kill_all(struct shard *s)
{
    unsigned cut = 0;
    for (struct list *n = s->conns.next, *next; n != &s->conns; n = next) {
        struct conn *c = container_of(n, struct conn, node);
        next = n->next;
        cut += c->state == CONN_SENDING || c->state == CONN_AWAITING || c->state == CONN_LOADING ||
               c->state == CONN_OPENING;
        conn_kill(c, c->state != CONN_LINGER);
    }
    /* Freed after this batch, as always. */
    return cut;
}
