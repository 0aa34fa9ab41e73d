/* An exchange in progress on a connection: what was read for it, what is to be sent, and how far that is.
 * It exists only while it is in progress, so that an idle connection is small. */
#pragma once

#include "server/shard.h"
#include "wire/wire.h"

struct conn;

struct transaction {
    struct exchange x;
    struct shard *shard;
    struct conn *conn; /* of the request */
    struct body body;  /* the request's body, while it is read */
    bool has_body;     /* reading it has begun */
    struct framing framing;
    struct buf out;       /* the head, and the part of the body that is copied */
    bool direct;          /* the content may send the body itself */
    uint32_t unlooked;    /* bytes sent since the content was last checked */
    uint64_t sent_seq;    /* shares.arrivals when all of the body was sent; 0 before */
    uint32_t head_len;    /* of the answer */
    uint64_t sent;        /* bytes of the answer that the kernel has taken */
    struct watch awaited; /* CONN_AWAITING: of the content's descriptor */
    struct job job;
};

/* NULL if memory ran out. */
struct transaction *transaction_new(struct shard *s, struct conn *c);
/* Closes what is open, on a worker where that may block. NULL is harmless. */
void transaction_free(struct transaction *t);
/* Frees the memory that the shard keeps for the next transaction. */
void transaction_forget_spare(struct shard *s);
