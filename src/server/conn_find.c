/* From a request to what it asks for: what the caches know at once, the rest by a worker. */
#include "server/conn_step.h"

/* A tenth of a second apart: as long as a client has for its request. */
#define STARVED_TRIES 100

static void answer(struct conn *c)
{
    struct exchange *x = c->x;
    if (c->dialect == DIALECT_HTTP)
        http_answer(x, buf_slice(&c->in));
    else
        plain_answer(x);
    /* Should this process die on the way, the kernel closes its sockets, and an orderly end would make a part
     * of the body look like all of it. */
    if (conn_is_unframed(c))
        sock_reset_on_close(c->stream.fd);
    x->head_len = c->dialect == DIALECT_HTTP ? (uint32_t)buf_len(&x->out) : 0;
    conn_send_begin(c);
}

/* What was found is answered. Only what there was no descriptor or memory left for is tried again for a
 * while: the clients that hold them come and go. So is what waits for its turn; and what is being made
 * already, until it is. */
static void use_found(struct conn *c)
{
    const struct found *f = &c->x->found;
    bool may_wait = f->under_way || (!f->gone && !c->shard->draining && c->x->tries++ < STARVED_TRIES);
    if (f->status == 503 && may_wait) {
        shares_give_way(&c->shard->cache.shares); /* For a worker, which has none to give. */
        conn_set_state(c, CONN_STARVED);
    } else {
        answer(c);
    }
}

static void find_on_worker(struct job *j)
{
    struct exchange *x = container_of(j, struct exchange, job);
    struct server *server = x->conn->shard->server;
    const struct look look = {.site = &server->site, .reach = x->reach};
    if (x->anew)
        root_look_again(&server->site.root);
    if (atomic_load(&server->site.root.anchor.gone) && server->site.root.only[0]) {
        x->found = (struct found){.status = 404};
        x->is_found = true;
    } else if (atomic_load(&server->site.root.anchor.gone)) {
        x->found = (struct found){
            .status = 503, .gone = true, .why = "The served folder is not there at the moment.\n"};
        x->is_found = true;
    } else {
        x->is_found = route_find(&look, &x->wanted, &x->found);
    }
}

static void found_by_worker(struct job *j);

/* Each step further may wait longer: for nothing, for a disk, for ever. The last one is a thread's, or
 * nobody's. */
static void look_further(struct conn *c)
{
    struct exchange *x = c->x;
    x->reach = x->reach == REACH_CACHED ? REACH_OWN : REACH_ANYWHERE;
    if (x->reach == REACH_ANYWHERE && !workers_ready(c->shard->server->workers)) {
        x->found = (struct found){.status = 503};
        use_found(c);
        return;
    }
    conn_submit(c, CONN_OPENING, x->reach == REACH_ANYWHERE ? LANE_FAR : LANE_NEAR, find_on_worker,
                found_by_worker);
}

static void found_by_worker(struct job *j)
{
    struct exchange *x = container_of(j, struct exchange, job);
    struct conn *c = x->conn;
    if (!conn_still_wanted(c))
        return;
    if (x->anew)
        site_cache_root_was_looked_at(&c->shard->cache);
    x->anew = false;
    if (x->is_found)
        use_found(c);
    else
        look_further(c);
    conn_step(c);
}

static enum step find(struct conn *c)
{
    struct exchange *x = c->x;
    const struct look look = {&c->shard->server->site, REACH_CACHED, &c->shard->cache.shares, c->arrived,
                              site_cache_date(&c->shard->cache)};
    x->reach = REACH_CACHED;
    x->anew = false;
    if (!site_cache_knows_root(&c->shard->cache)) {
        x->reach = REACH_OWN; /* Whatever its name leads through may never answer. */
        x->anew = true;
        look_further(c);
        return STEP_ON;
    }
    if (route_find(&look, &x->wanted, &x->found))
        use_found(c);
    else
        look_further(c);
    return STEP_ON;
}

enum step conn_answer(struct conn *c)
{
    answer(c);
    return STEP_ON;
}

enum step conn_find(struct conn *c)
{
    return c->x->found.status == 0 ? find(c) : conn_answer(c);
}

void conn_retry(struct conn *c)
{
    find(c);
    conn_step(c);
}
