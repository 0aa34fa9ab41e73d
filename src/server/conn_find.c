/* Does what an exchange asks for on the way from a request to its response. */
#include "server/conn_step.h"

static void work(struct job *j)
{
    exchange_work(&container_of(j, struct transaction, job)->x);
}

static void worked(struct job *j)
{
    struct transaction *t = container_of(j, struct transaction, job);
    struct conn *c = t->conn;
    if (!conn_still_wanted(c))
        return;
    t->x.in = buf_slice(&c->in);
    conn_go_on(c, exchange_worked(&t->x));
    conn_step(c);
}

static enum step submit(struct conn *c)
{
    struct exchange *x = &c->t->x;
    bool may_hang = exchange_may_hang(x);
    /* The last reach needs a thread; without one the request is refused. */
    if (may_hang && !workers_ready(c->shard->server->workers))
        return conn_go_on(c, exchange_cannot_work(x));
    const void *part = exchange_part(x);
    c->t->job.part = part;
    conn_submit(c, CONN_OPENING, may_hang ? LANE_FAR : part ? LANE_WALK : LANE_NEAR, work, worked);
    return STEP_ON;
}

enum step conn_go_on(struct conn *c, enum next next)
{
    switch (next) {
    case NEXT_MORE:
        break;
    case NEXT_BODY:
        return conn_body_begin(c);
    case NEXT_WORK:
        return submit(c);
    case NEXT_LATER:
        conn_set_state(c, CONN_STARVED);
        return STEP_ON;
    case NEXT_ANSWER:
        return conn_send_begin(c);
    }
    __builtin_unreachable();
}

void conn_retry(struct conn *c)
{
    c->t->x.in = buf_slice(&c->in);
    conn_go_on(c, exchange_retry(&c->t->x));
    conn_step(c);
}
