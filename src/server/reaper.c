/* Every timeout in the server lives here, and so does every free of a connection. */
#include "server/pressure.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static const uint32_t deadline_ms[DEADLINE_COUNT] = {
    /* The simplest client sends a bare name and waits: a name that nothing has followed for so long is whole.
     * Longer than any sender's pause inside one write, too short for a person to notice. */
    [DEADLINE_QUIET] = 100,
    [DEADLINE_HANDSHAKE] = 10 * 1000,
    [DEADLINE_HEAD] = 10 * 1000,
    [DEADLINE_RETRY] = 100,
    /* A disk that wakes up takes ten seconds; what takes longer is dead. */
    [DEADLINE_WORKER] = 60 * 1000,
    [DEADLINE_IDLE] = 60 * 1000,
    /* Three looks in a row at which the peer has taken nothing are the 60 s that it has. */
    [DEADLINE_STALL] = 20 * 1000,
    [DEADLINE_LINGER] = 2 * 1000,
};
#define STALL_LOOKS 3
/* A deadline that is noticed so long after it was due says that this process did not run: stopped, or on a
 * machine that slept. What the client did meanwhile may still be on its way. */
#define LATE_MS 1000
#define LINGER_LOOKS 30
/* While others wait for a place: how long one who has got an answer, or has not asked yet, keeps it for
 * nothing; and how many are looked at, and ended, at a time. */
#define ANSWERED_IDLE_MS 100
#define SILENT_IDLE_MS 1000
#define ROOM_LOOKS 64
#define ROOM_MOST 16

static const enum deadline deadline_of[CONN_STATES] = {
    [CONN_HANDSHAKE] = DEADLINE_HANDSHAKE, [CONN_IDLE] = DEADLINE_IDLE,
    [CONN_UNDECIDED] = DEADLINE_QUIET,     [CONN_HEAD] = DEADLINE_HEAD,
    [CONN_BODY] = DEADLINE_HEAD,           [CONN_STARVED] = DEADLINE_RETRY,
    [CONN_OPENING] = DEADLINE_WORKER,      [CONN_LOADING] = DEADLINE_WORKER,
    [CONN_SENDING] = DEADLINE_STALL,       [CONN_LINGER] = DEADLINE_LINGER,
};

/* Does the peer still take what lies in the kernel for it? Its reading makes no event while more than a third
 * of the socket's buffer is full, so the only way to know is to look. */
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
            conn_limit(c); /* Whatever it took before. */
        reaper_arm(c);
        return;
    case CONN_LINGER:
        if (takes_nothing(c, LINGER_LOOKS) || c->unsent == 0)
            conn_kill(c, c->unsent != 0 || !c->end_said);
        else
            reaper_arm(c);
        return;
    case CONN_OPENING:
    case CONN_LOADING:
        conn_kill(c, true);
        return;
    case CONN_DOOMED:
    case CONN_DEAD:
    case CONN_STATES:
        return;
    }
}

bool reaper_was_late(const struct conn *c)
{
    return c->shard->loop.now > c->deadline.due + LATE_MS;
}

bool reaper_has_waited(const struct conn *c)
{
    return c->shard->loop.now > c->first_byte + deadline_ms[DEADLINE_HEAD] && !reaper_was_late(c);
}

/* The client is told, and its place is free. */
static void hang_up(struct conn *c)
{
    if (c->stream.fd < 0)
        return;
    if (c->reset)
        sock_reset_on_close(c->stream.fd);
    else if (c->stream.ops->handshake && !c->end_said) /* A carrier says its end itself, if there is room. */
        c->stream.ops->shutdown(&c->stream);
    c->stream.ops->close(&c->stream);
    atomic_fetch_sub_explicit(&c->shard->clients, 1, memory_order_relaxed);
    if (atomic_fetch_sub(&c->shard->server->clients, 1) == 1)
        timer_arm(&c->shard->loop, &c->shard->rest_pause, &c->shard->rest);
    listener_resume(c->shard);
}

void reaper_arm(struct conn *c)
{
    struct shard *s = c->shard;
    enum deadline d = deadline_of[c->state];
    if (d == DEADLINE_NONE)
        timer_disarm(&c->deadline);
    else
        timer_arm(&s->loop, &s->deadlines[d], &c->deadline);
    if (c->state == CONN_DOOMED) { /* The worker that holds it never touches the socket. */
        hang_up(c);
        shard_check_drained(s);
    }
    if (c->state == CONN_DEAD) {
        list_remove(&c->node);
        list_append(&s->dead, &c->node);
    }
}

static void reap(struct conn *c)
{
    hang_up(c);
    pressure_forget(c);
    transaction_free(c->t);
    list_remove(&c->turn.node);
    list_remove(&c->node);
    buf_free_to(&c->in, &c->shard->inboxes);
    free(c);
}

static void reap_dead(struct shard *s)
{
    if (list_empty(&s->dead))
        return;
    while (!list_empty(&s->dead))
        reap(container_of(s->dead.next, struct conn, node));
    shard_check_drained(s);
}

/* After each batch, when no event is left that could point to what is freed. */
static void collect(struct loop *l)
{
    struct shard *s = container_of(l, struct shard, loop);
    shares_end_batch(&s->cache.shares);
    if (shares_expire(&s->cache.shares) && !timer_armed(&s->forget))
        timer_arm(l, &s->forget_pause, &s->forget);
    workers_tend(s->server->workers);
    reap_dead(s);
    pressure_relieve(s, reap_dead);
}

void reaper_init(struct shard *s)
{
    list_init(&s->conns);
    list_init(&s->dead);
    pressure_init(s);
    for (unsigned d = DEADLINE_NONE + 1; d < DEADLINE_COUNT; d++)
        loop_add_queue(&s->loop, &s->deadlines[d], deadline_ms[d], on_due);
    s->loop.after_batch = collect;
}

static bool asks_nothing(const struct conn *c)
{
    return c->state == CONN_IDLE || c->state == CONN_HANDSHAKE;
}

/* A request that is in the socket already is one that runs. */
static void end_unless_it_asks(struct conn *c)
{
    conn_try(c);
    bool has_more = !list_empty(&c->turn.node); /* than fits into one turn */
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
        cut += c->state == CONN_SENDING || c->state == CONN_LOADING || c->state == CONN_OPENING;
        conn_kill(c, c->state != CONN_LINGER);
    }
    /* Not collected here, but behind this batch, as always. */
    return cut;
}
