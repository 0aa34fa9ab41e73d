/* An exchange in progress on a connection. */
#include "server/transaction.h"

#include <stdlib.h>

struct transaction *transaction_new(struct shard *s, struct conn *c)
{
    struct transaction *t = s->spare;
    if (t) {
        s->spare = NULL;
    } else {
        t = malloc(sizeof *t);
        if (!t)
            return NULL;
        t->out = buf_new(FRAMING_OUT_MAX);
    }
    exchange_init(&t->x, &s->cache);
    t->shard = s;
    t->conn = c;
    t->has_body = false;
    t->framing.left = 0;
    t->head_len = 0;
    t->sent_seq = 0;
    t->sent = 0;
    t->job = (struct job){.home = &s->loop};
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

void transaction_free(struct transaction *t)
{
    if (!t)
        return;
    struct shard *shard = t->shard;
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
