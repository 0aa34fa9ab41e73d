/* One request and its answer. Lives only while they are under way, so that an idle connection is small. */
#pragma once

#include "base/buf.h"
#include "content/source.h"
#include "http/body.h"
#include "http/request.h"
#include "io/workers.h"
#include "server/dialect.h"
#include "site/route.h"

enum body_kind {
    BODY_NONE,
    BODY_LENGTH,  /* body_left counts down */
    BODY_CHUNKED, /* until the source ends; framed (RFC 9112 7.1) */
    BODY_TO_END,  /* until the source ends, which is the connection's end */
};

struct shard;

struct exchange {
    struct conn *conn;
    struct request request; /* HTTP alone */
    struct body_away away;  /* its body, while that is read */
    struct wanted wanted;
    enum reach reach; /* how far it was looked for */
    bool is_found;    /* and that was far enough */
    bool anew;        /* and first the served folder itself */
    struct found found;
    struct turn *turn;     /* in the line for archives; NULL: none */
    uint8_t tries;         /* at finding it, while there was no descriptor or memory left */
    struct source *source; /* of the body: what was found, or an error's text */
    enum body_kind body;
    uint64_t body_left; /* BODY_LENGTH: bytes; otherwise not 0 until the source has ended */
    bool keep_alive;
    bool download;     /* it is to be saved, not shown */
    bool direct;       /* the source may send the body itself */
    uint32_t unlooked; /* bytes that it has sent since it was looked at */
    uint64_t sent_at;  /* all of the body: when, as shares.arrivals counts; 0 before */
    struct buf out;    /* the head, and what of the body is copied */
    /* For the access log. */
    int status;        /* what is answered; 0 until something is */
    uint32_t head_len; /* of the answer */
    uint64_t sent;     /* bytes of the answer that the kernel has taken */
    struct job job;
};

/* NULL when memory ran out. */
struct exchange *exchange_new(struct conn *c);
/* It is over, well or badly: logs it, and closes what is open, on a worker where that may block. */
void exchange_free(struct exchange *x);
/* Gives back the memory that the shard keeps for the next one. */
void exchange_forget_spare(struct shard *s);

/* The next step of copying the body into `out`: IO_OK, IO_EOF (there is no more),
 * IO_WANT_WORKER or IO_FAIL.
 */
enum io exchange_copy(struct exchange *x);

/* http_ask.c with http_answer.c, and plain_answer.c: the two dialects. ask() reads the request into
 * x->wanted, or sets x->found.status when there is nothing to look for. answer() turns x->found into `out`
 * and the body's plan.
 */

void http_ask(struct exchange *x, struct slice in);
/* Of what we compress ourselves: gzip, which everybody knows, or nothing. */
bool http_likes_gzip(const struct exchange *x, struct slice in);
void http_answer(struct exchange *x, struct slice in);

void plain_ask(struct exchange *x, struct slice name);
void plain_answer(struct exchange *x);
