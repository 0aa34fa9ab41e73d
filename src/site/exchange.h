/* One request and what is answered to it. Knows no socket, no loop, no thread and no dialect: whoever has
 * read a request hands it in, does what the exchange asks for next, and takes the response. */
#pragma once

#include "content/sink.h"
#include "http/request.h"
#include "site/response.h"
#include "site/route.h"
#include "site/site_cache.h"

/* What an exchange needs next. */
enum next {
    NEXT_MORE,   /* more of the request (said by who reads it, not by the exchange) */
    NEXT_BODY,   /* the next piece of its body: exchange_take(), or exchange_body_ended() */
    NEXT_WORK,   /* exchange_work(), on a thread that may wait, and then exchange_worked() */
    NEXT_LATER,  /* exchange_retry() in a while: there is no memory, descriptor or turn for it now */
    NEXT_ANSWER, /* nothing: `response` is complete */
};

struct exchange {
    struct site_cache *cache;
    uint64_t arrived; /* the cache's shares.arrivals with the request's last bytes; set by the owner */
    struct slice in;  /* the request's head; moved along by the owner, whose bytes they are */
    struct request request;
    bool is_bare; /* only a name came, and nothing is wanted but what it stands for */
    struct wanted wanted;
    enum reach reach; /* how far it was looked for */
    bool is_found;    /* and that was far enough */
    bool anew;        /* and first the served folder itself */
    bool download;    /* it is to be saved, not shown */
    uint8_t tries;    /* at finding it, while there was no descriptor or memory left */
    struct found found;
    struct turn *turn; /* in the line for archives; NULL: none */
    struct sink *sink; /* of the request's body, while that is read */
    struct sink_discard discard;
    bool is_body_over; /* and the sink has yet to finish */
    struct response response;
    struct buf text; /* what the response says in words of its own */
};

/* An exchange's memory may be used for the next one. */
void exchange_init(struct exchange *x, struct site_cache *cache);

/* Its request is whole (request_parse), and `in` begins with it. */
enum next exchange_ask(struct exchange *x, struct slice in);
/* All that came is a name. */
enum next exchange_ask_name(struct exchange *x, struct slice name);
/* It is answered with this status: what came is no right request, or did not come in time. */
enum next exchange_refuse(struct exchange *x, int status);

/* Takes bytes of the body's payload from the front: *ret_n of them are taken. NEXT_BODY: the next ones may
 * come, at once; NEXT_WORK: those that are not taken come again afterwards; NEXT_ANSWER: it takes no more. */
enum next exchange_take(struct exchange *x, struct slice payload, size_t *ret_n);
/* All of the body was taken. */
enum next exchange_body_ended(struct exchange *x);

/* May wait, where exchange_may_hang() says so for ever. From any thread; the owner must not touch the
 * exchange meanwhile. */
void exchange_work(struct exchange *x);
bool exchange_may_hang(const struct exchange *x);
enum next exchange_worked(struct exchange *x);
/* There is no thread for it. */
enum next exchange_cannot_work(struct exchange *x);
enum next exchange_retry(struct exchange *x);

/* The content broke (source.broken) before anybody was told a byte of the answer: another one is made. */
enum next exchange_broke(struct exchange *x);

/* Returns what is to be closed on a worker, since that may wait, or NULL. The memory stays the caller's. */
struct source *exchange_end(struct exchange *x);

/* For exchange.c: ask.c reads a request into x->wanted, or sets x->found.status when there is nothing to look
 * for; respond.c makes the response of x->found. */
void exchange_read(struct exchange *x);
bool exchange_likes_gzip(const struct exchange *x);
void exchange_respond(struct exchange *x);
