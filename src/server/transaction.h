/* An exchange on its way over a connection: what is read for it, what is to be sent, and how far that is.
 * Lives only while it is under way, so that an idle connection is small. */
#pragma once

#include "server/shard.h"
#include "wire/wire.h"

struct conn;

struct transaction {
    struct exchange x;
    struct shard *shard;
    struct conn *conn; /* which it is on */
    struct body body;  /* the request's body, while that is read */
    bool has_body;     /* that has begun */
    struct framing framing;
    struct buf out;       /* the head, and what of the body is copied */
    bool direct;          /* the content may send the body itself */
    uint32_t unlooked;    /* bytes that it has sent since it was looked at */
    uint64_t sent_at;     /* all of the body: when, as shares.arrivals counts; 0 before */
    uint32_t head_len;    /* of the answer */
    uint64_t sent;        /* bytes of the answer that the kernel has taken */
    struct watch awaited; /* CONN_AWAITING: of the content's descriptor */
    struct job job;
};

/* NULL when memory ran out. */
struct transaction *transaction_new(struct shard *s, struct conn *c);
/* Closes what is open, on a worker where that may block. NULL is harmless. */
void transaction_free(struct transaction *t);
/* Gives back the memory that the shard keeps for the next one. */
void transaction_forget_spare(struct shard *s);
