/* One request and its answer: what the caches know is answered at once, the rest where blocking is
 * allowed. */
#include "site/exchange.h"

#include "http/names.h"

/* A tenth of a second apart, so together as long as a client has for its request. */
#define TRIES_MAX 100
/* The longest text of a response: a redirect for a 4 KiB name, each byte as %XX. */
#define TEXT_MAX (20 * 1024)
/* More than any client sends with a GET, and little enough to read in vain. */
#define DISCARD_MAX (1024 * 1024)

void exchange_init(struct exchange *x, struct site_cache *cache)
{
    x->cache = cache;
    request_init(&x->request);
    x->is_bare = false;
    x->wanted.name_len = 0;
    x->wanted.metalink = x->wanted.digest = false;
    x->wanted.tree = TREE_FORMAT_NONE;
    x->wanted.names = NULL;
    x->wanted.turn = &x->turn;
    x->anew = false;
    x->download = false;
    x->tries = 0;
    x->found = (struct found){0};
    x->turn = NULL;
    x->sink = NULL;
    x->is_body_over = false;
    x->response = (struct response){0};
    x->names = buf_new(NAMES_MAX);
    x->names_held = 0;
    x->text = buf_new(TEXT_MAX);
}

static void close_sink(struct exchange *x)
{
    sink_close(x->sink);
    x->sink = NULL;
}

static enum next respond(struct exchange *x)
{
    exchange_respond(x);
    x->names_held = x->names.cap; /* nothing, if the source has taken it */
    return x->response.digest_missing ? NEXT_WORK : NEXT_ANSWER;
}

/* A digest is waited for only as long as the client says. */
static bool waits_for_digest(const struct exchange *x)
{
    return x->wanted.digest && *x->cache->clock < x->wait_until && !x->cache->ending;
}

/* The digest of what was found is not known yet, and the client waits for it. */
static bool is_hash_due(const struct exchange *x)
{
    const struct hash *h = x->found.hash;
    return h && (x->digests.repr || x->digests.old) && !hash_whole(h) && !hash_broken(h) &&
           waits_for_digest(x);
}

/* Answers what was found. If descriptors or memory were short, it is tried again for a while, because the
 * clients that hold them come and go. So is an archive that waits for its turn, or that is being made for
 * another client. */
static enum next use_found(struct exchange *x)
{
    const struct found *f = &x->found;
    bool may_wait = f->under_way || (!f->gone && !x->cache->ending && x->tries++ < TRIES_MAX);
    if (f->status != 503 || !may_wait)
        return respond(x);
    shares_give_way(&x->cache->shares); /* for a worker, which cannot free any */
    return NEXT_LATER;
}

/* REACH_CACHED never blocks, REACH_OWN may wait for the local disk, REACH_ANYWHERE for a network file
 * system. */
static enum next look_further(struct exchange *x)
{
    x->reach = x->reach == REACH_CACHED ? REACH_OWN : REACH_ANYWHERE;
    x->wanted.waits = waits_for_digest(x);
    return NEXT_WORK;
}

static enum next find(struct exchange *x)
{
    struct site_cache *cache = x->cache;
    const struct look look = {cache->site, REACH_CACHED, &cache->shares, x->arrived, site_cache_date(cache)};
    x->reach = REACH_CACHED;
    x->anew = !site_cache_knows_root(cache);
    if (x->anew)
        x->reach = REACH_OWN; /* a file system on its path may never answer */
    else if (route_find(&look, &x->wanted, &x->found))
        return use_found(x);
    return look_further(x);
}

static enum next go_on(struct exchange *x)
{
    return x->found.status == 0 ? find(x) : respond(x);
}

enum next exchange_ask(struct exchange *x, struct slice in)
{
    x->in = in;
    exchange_read(x);
    /* A client that is refused is not asked for the body first; the answer ends the connection. */
    if (x->request.framing == FRAMING_NONE || x->found.status >= 400)
        return go_on(x);
    x->sink = x->wanted.names ? sink_begin_collect(&x->collect, &x->names)
                              : sink_begin_discard(&x->discard, DISCARD_MAX);
    return NEXT_BODY;
}

/* The sink cannot go on by itself: it needs a worker, or it has failed. */
static enum next after_sink(struct exchange *x, enum io result)
{
    return result == IO_WANT_WORKER ? NEXT_WORK : exchange_refuse(x, x->sink->status);
}

enum next exchange_take(struct exchange *x, struct slice payload, size_t *ret_n)
{
    *ret_n = 0;
    enum io result = x->sink->ops->take(x->sink, payload, ret_n);
    x->names_held = x->names.cap;
    return result == IO_OK ? NEXT_BODY : after_sink(x, result);
}

enum next exchange_body_ended(struct exchange *x)
{
    x->is_body_over = true;
    enum io result = x->sink->ops->finish(x->sink);
    if (result != IO_OK)
        return after_sink(x, result);
    close_sink(x);
    x->request.framing = FRAMING_NONE;
    return go_on(x);
}

enum next exchange_ask_name(struct exchange *x, struct slice name)
{
    struct wanted *w = &x->wanted;
    x->is_bare = true;
    w->listing = (struct listing_query){.format = LISTING_TEXT};
    w->archive = ARCHIVE_FORMAT_NONE;
    w->described = w->negotiated = false;
    w->is_address = w->render = false;
    w->name_len = name.n;
    memcpy(w->name, name.p, name.n);
    return find(x);
}

enum next exchange_refuse(struct exchange *x, int status)
{
    close_sink(x);
    x->request.bad_status = status;
    x->found.status = status;
    return respond(x);
}

static bool is_missing(struct exchange *x)
{
    const struct root *root = &x->cache->site->root;
    if (!atomic_load(&root->anchor.gone))
        return false;
    x->found = root->only[0] ? (struct found){.status = 404}
                             : (struct found){.status = 503,
                                              .gone = true,
                                              .why = "The served folder is not there at the moment.\n"};
    return true;
}

void exchange_work(struct exchange *x)
{
    struct site *site = x->cache->site;
    if (x->sink) {
        x->sink->ops->work(x->sink);
        return;
    }
    if (x->response.digest_missing) {
        exchange_digest_part(x);
        return;
    }
    if (x->found.hash) {
        hash_step(x->found.hash, HASH_WHOLE);
        return;
    }
    const struct look look = {.site = site, .reach = x->reach};
    if (x->anew)
        root_look_again(&site->root);
    x->is_found = is_missing(x) || route_find(&look, &x->wanted, &x->found);
}

bool exchange_may_hang(const struct exchange *x)
{
    return x->sink ? x->sink->distant : x->reach == REACH_ANYWHERE;
}

const void *exchange_part(const struct exchange *x)
{
    return x->found.hash;
}

enum next exchange_worked(struct exchange *x)
{
    if (x->sink)
        return x->is_body_over ? exchange_body_ended(x) : NEXT_BODY;
    if (x->response.digest_missing) {
        x->response.digest_missing = false;
        return NEXT_ANSWER;
    }
    if (x->anew)
        site_cache_root_was_looked_at(x->cache);
    x->anew = false;
    if (!x->is_found)
        return look_further(x);
    return is_hash_due(x) ? NEXT_WORK : use_found(x);
}

enum next exchange_cannot_work(struct exchange *x)
{
    if (x->sink)
        return exchange_refuse(x, 503);
    if (x->response.digest_missing) {
        x->response.digest_missing = false;
        x->response.content_digest = NULL;
        return NEXT_ANSWER;
    }
    if (x->found.hash)
        return respond(x);
    x->found = (struct found){.status = 503};
    return use_found(x);
}

enum next exchange_retry(struct exchange *x)
{
    return find(x);
}

enum next exchange_broke(struct exchange *x)
{
    x->found.status = x->response.content->for_now ? 503 : 500;
    return respond(x);
}

struct source *exchange_end(struct exchange *x)
{
    struct source *found = x->found.source;
    hash_unref(x->found.hash);
    turn_leave(&x->turn);
    close_sink(x);
    buf_free(&x->names);
    if (x->response.content != found)
        source_close(x->response.content);
    buf_free(&x->text);
    if (found && source_close_waits(found))
        return found;
    source_close(found);
    return NULL;
}
