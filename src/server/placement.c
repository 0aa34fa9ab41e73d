/* Which loop has which client.
 *
 * The loop that accepts a client hands it to another one if it has more than its share. While the loops stay
 * on their processors (arrivals.h), a busy client whose packets arrive on another loop's processor is sent
 * there later: what was fair when it came may be unnecessary once more clients have come. */
#include "server/placement.h"

#include "io/sock.h"
#include "server/conn.h"
#include "server/reaper.h"

#include <unistd.h>

/* The processor is noted for the first clients of a loop, and then for one of this many. */
#define NOTED_ALL 64
#define NOTED_ONE 8

/* NULL: it is no loop's processor. */
static struct shard *shard_at(struct server *server, int processor)
{
    for (unsigned i = 0; i < server->shard_count; i++)
        if (server->shards[i].processor == processor)
            return &server->shards[i];
    return NULL;
}

void placement_follow(struct shard *s)
{
    for (unsigned i = 0; i < s->listener_count; i++)
        sock_prefer_processor(s->listeners[i].fd, atomic_load(&s->server->local) ? s->processor : -1);
}

/* The first clients of a loop, and then a sample, decide whether clients are spread over the processors. */
void placement_note(struct shard *s, int fd)
{
    struct server *server = s->server;
    if (server->pin || server->arrivals.loops < 2 ||
        (s->accepted++ >= NOTED_ALL && s->accepted % NOTED_ONE != 0))
        return;
    const struct shard *at = shard_at(server, sock_processor(fd));
    if (!at)
        return;
    pthread_mutex_lock(&server->arrivals_lock);
    bool changed = arrivals_note(&server->arrivals, (unsigned)(at - server->shards));
    atomic_store(&server->local, server->arrivals.local);
    bool stay = arrivals_may_stay(&server->arrivals, atomic_load(&server->clients));
    changed |= atomic_exchange(&server->stay, stay) != stay;
    pthread_mutex_unlock(&server->arrivals_lock);
    for (unsigned i = 0; i < server->shard_count && changed; i++)
        if (!atomic_exchange(&server->shards[i].is_to_follow, true))
            loop_post(&server->shards[i].loop, &server->shards[i].follow);
}

static bool has_enough(const struct shard *s)
{
    return arrivals_has_enough(s->server->shard_count,
                               atomic_load_explicit(&s->clients, memory_order_relaxed),
                               atomic_load_explicit(&s->server->clients, memory_order_relaxed));
}

/* The loop for a client that has arrived at this one. */
static struct shard *loop_for(struct shard *s)
{
    struct server *server = s->server;
    struct shard *least = s;
    unsigned fewest = atomic_load_explicit(&s->clients, memory_order_relaxed);
    if (server->pin || !atomic_load(&server->local) || !has_enough(s))
        return s;
    for (unsigned i = 0; i < server->shard_count; i++) {
        unsigned n = atomic_load_explicit(&server->shards[i].clients, memory_order_relaxed);
        if (n < fewest) {
            fewest = n;
            least = &server->shards[i];
        }
    }
    return least;
}

/* On the loop that gets it. */
static void arrive(struct task *t)
{
    struct conn *c = container_of(t, struct conn, turn);
    struct shard *s = c->shard;
    conn_enter(c);
    if (s->loop.stop)
        conn_kill(c, false);
    else if (s->draining)
        reaper_drain(s);
}

/* False if it must stay, because the server stops. A draining loop ends when it counts no client. The client
 * is counted before `stopping` is read, so either the other loop sees it and waits for it, or it stays. */
static bool hand_over(struct conn *c, struct shard *to)
{
    struct shard *from = c->shard;
    atomic_fetch_add(&to->clients, 1);
    if (atomic_load(&to->server->stopping)) {
        atomic_fetch_sub(&to->clients, 1);
        return false;
    }
    c->shard = to;
    c->turn.run = arrive;
    loop_post(&to->loop, &c->turn);
    atomic_fetch_sub(&from->clients, 1);
    return true;
}

void placement_let_in(struct shard *s, int fd, const struct in6_addr *client)
{
    struct shard *to = loop_for(s);
    struct conn *c = conn_new(s, stream_plain(fd));
    if (!c)
        return;
    c->client = *client;
    if (to == s || !hand_over(c, to))
        conn_enter(c);
}

/* Its loop's processor is another than that of its packets. Not at the first sight: a client's program moves,
 * too. */
static bool is_astray(struct conn *c, const struct shard *home)
{
    bool was_astray = c->astray;
    c->astray = home && home != c->shard;
    return c->astray && was_astray;
}

void placement_tend(struct shard *s)
{
    unsigned n = s->busy_count;
    s->busy_count = 0;
    for (unsigned i = 0; i < n; i++) {
        struct conn *c = s->busy[i].conn;
        c->answers = 0;
        if (!conn_is_at_rest(c) || !atomic_load(&s->server->stay) || s->server->pin)
            continue;
        struct shard *home = shard_at(s->server, s->busy[i].processor);
        if (!is_astray(c, home) || has_enough(home))
            continue;
        conn_leave(c);
        if (!hand_over(c, home))
            conn_enter(c);
    }
}
