/* The receiver that fills a spool: judges the head of an answer, then takes the bytes. */
#pragma once

#include "client/attempt.h"
#include "client/progress.h"
#include "client/spool.h"

/* So much of what is here is asked for again when a file is gone on with: a server can be wrong about its
 * versions, and a disk about its bytes. */
#define FETCH_OVERLAP SPOOL_TAIL

struct fetch {
    struct receiver receiver;
    struct spool spool;
    struct progress *progress;
    struct stop *stop;
    const struct remote *remote;
    struct asked asked;
    uint64_t overlap; /* bytes that come again and must be those that are here */
    uint64_t left;    /* of this answer's body */
    bool bounded;     /* `left` is known */
    bool totalled;    /* the file's length is known: */
    uint64_t total;
    time_t modified;   /* 0 when unknown */
    bool bare;         /* the server knows the tag that we have, and not what If-Range is */
    bool decode;       /* it compresses what it was asked for as it is */
    bool reached;      /* a head came, in this attempt or an earlier one */
    bool started_over; /* what was here when the run began is not part of the result */
};

/* What to ask for next, going by what the spool holds. */
struct http_request fetch_request(struct fetch *f);

/* The receiver's functions. */
bool fetch_begin(struct receiver *r, const struct answer *a);
bool fetch_take(struct receiver *r, struct slice piece);
bool fetch_idle(struct receiver *r);

/* Whether every byte of the file is in the spool. */
bool fetch_complete(const struct fetch *f);
