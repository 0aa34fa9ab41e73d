/* An exchange on its way over a connection. */
#include "server/transaction.h"

#include "base/clock.h"
#include "server/conn.h"

#include <stdlib.h>

struct transaction *transaction_new(struct conn *c)
{
    struct shard *shard = c->shard;
    struct transaction *t = shard->spare;
    if (t) {
        shard->spare = NULL;
    } else {
        t = malloc(sizeof *t);
        if (!t)
            return NULL;
        t->out = buf_new(FRAMING_OUT_MAX);
    }
    exchange_init(&t->x, &shard->cache);
    t->conn = c;
    t->framing.left = 0;
    t->head_len = 0;
    t->sent_at = 0;
    t->sent = 0;
    t->job = (struct job){.home = &shard->loop};
    return t;
}

static void close_on_worker(struct job *j)
{
    source_close(container_of(j, struct transaction, job)->x.found.source);
}

static void destroy(struct transaction *t)
{
    buf_free(&t->out);
    free(t);
}

static void destroy_at_home(struct job *j)
{
    destroy(container_of(j, struct transaction, job));
}

/* Its request's head still stands at the front of what the connection has read. */
static void log_answer(const struct transaction *t)
{
    const struct conn *c = t->conn;
    struct shard *shard = c->shard;
    struct wire_words words = c->wire->words(&t->x, buf_slice(&c->in));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct access a = {
        .client = c->client,
        .dialect = c->wire->name,
        .is_name = words.is_name,
        .status = t->x.response.status,
        .cut = t->framing.left > 0 || buf_len(&t->out) > 0 || t->out.failed,
        .took_ms = clock_ms() - c->first_byte,
        .body_sent = t->sent > t->head_len ? t->sent - t->head_len : 0,
        .request = words.request,
        .referer = words.referer,
        .user_agent = words.user_agent,
    };
    a.began_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 - a.took_ms;
    access_log_add(shard->server->log, (unsigned)(shard - shard->server->shards), &a);
}

void transaction_free(struct transaction *t)
{
    if (!t)
        return;
    struct shard *shard = t->conn->shard;
    if (shard->server->log && t->x.response.status != 0 && t->conn->wire->words)
        log_answer(t);
    struct source *waits = exchange_end(&t->x);
    if (waits) {
        t->job.lane = waits->distant ? LANE_FAR : LANE_NEAR;
        t->job.part = NULL;
        t->job.run = close_on_worker;
        t->job.done = destroy_at_home;
        workers_submit(shard->server->workers, &t->job);
    } else if (shard->spare) {
        destroy(t);
    } else {
        buf_clear(&t->out);
        shard->spare = t;
    }
}

void transaction_forget_spare(struct shard *s)
{
    if (s->spare)
        destroy(s->spare);
    s->spare = NULL;
}
