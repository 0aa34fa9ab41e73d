/* One request and its answer. It knows no socket, no loop, no thread and no dialect: its owner passes a
 * request in, does what the exchange asks for next, and takes the response. */
#pragma once

#include "content/sink.h"
#include "http/request.h"
#include "site/response.h"
#include "site/route.h"
#include "site/site_cache.h"

/* What an exchange needs next. */
enum next {
    NEXT_MORE,   /* more of the request (set by its reader, not by the exchange) */
    NEXT_BODY,   /* the next piece of its body: exchange_take(), or exchange_body_ended() */
    NEXT_WORK,   /* exchange_work() on a thread that may block, and then exchange_worked() */
    NEXT_LATER,  /* exchange_retry() later: memory, descriptors or turns are short now */
    NEXT_ANSWER, /* nothing: `response` is complete */
};

struct exchange {
    struct site_cache *cache;
    uint64_t arrived; /* the cache's shares.arrivals when the request's last bytes came; set by the owner */
    struct slice in;  /* the request's head, in the owner's memory; the owner updates it when that moves */
    struct request request;
    bool is_bare; /* the request is a bare name, so only content is wanted */
    struct wanted wanted;
    enum reach reach; /* how far the look-up went */
    bool is_found;    /* and that was far enough */
    bool anew;        /* look for the served folder itself first */
    bool download;    /* it is to be saved, not shown */
    struct {
        bool repr, old, content; /* which fields of http/digest.h are asked for */
    } digests;
    uint64_t wait_until; /* with wanted.digest: how long the client waits for it, by the cache's clock */
    uint8_t tries;       /* attempts to find it while descriptors or memory were short */
    struct found found;
    struct turn *turn; /* the place in the queue for archives; NULL: none */
    struct sink *sink; /* of the request's body, while that is read */
    struct sink_discard discard;
    struct sink_collect collect; /* for `names`, */
    struct buf names;            /* the body of a request for several files; its source takes it */
    size_t names_held;           /* its memory, for the loop: a worker may be handing it to the source */
    bool is_body_over;           /* and the sink has yet to finish */
    struct response response;
    struct sha256_digest digest, content_digest; /* the response points to them */
    struct buf text;                             /* texts that the response points to */
};

/* The memory of an exchange may be reused for the next one. */
void exchange_init(struct exchange *x, struct site_cache *cache);

/* The request is complete (request_parse), and `in` begins with it. */
enum next exchange_ask(struct exchange *x, struct slice in);
/* The request is a bare name. */
enum next exchange_ask_name(struct exchange *x, struct slice name);
/* Answers with this status: the request was invalid, or did not come in time. */
enum next exchange_refuse(struct exchange *x, int status);

/* Takes bytes of the body's payload from the front: *ret_n of them are taken. NEXT_BODY: the next ones may
 * come, at once; NEXT_WORK: those that are not taken come again afterwards; NEXT_ANSWER: it takes no more. */
enum next exchange_take(struct exchange *x, struct slice payload, size_t *ret_n);
/* All of the body was taken. */
enum next exchange_body_ended(struct exchange *x);

/* May block, and if exchange_may_hang() is true, for ever. May be called on any thread; the owner must not
 * touch the exchange meanwhile. */
void exchange_work(struct exchange *x);
bool exchange_may_hang(const struct exchange *x);
/* What exchange_work() contributes to together with others (as source.walk); NULL: to nothing. */
const void *exchange_part(const struct exchange *x);
enum next exchange_worked(struct exchange *x);
/* No thread can be started for it. */
enum next exchange_cannot_work(struct exchange *x);
enum next exchange_retry(struct exchange *x);

/* The content failed (source.broken) before a byte of the answer was sent: another answer is made. */
enum next exchange_broke(struct exchange *x);

/* Returns a source to be closed on a worker, because that may block, or NULL. The memory of the exchange
 * stays the caller's. */
struct source *exchange_end(struct exchange *x);

/* For exchange.c: ask.c reads a request into x->wanted, or sets x->found.status if there is nothing to look
 * up; respond.c makes the response from x->found. */
void exchange_read(struct exchange *x);
bool exchange_likes_gzip(const struct exchange *x);
/* Computes the Content-Digest of the response; blocks. */
void exchange_digest_part(struct exchange *x);
void exchange_respond(struct exchange *x);
