/* Fills a spool from answers: judges the head of an answer, then takes its bytes. */
#pragma once

#include "client/attempt.h"
#include "client/progress.h"
#include "client/spool.h"
#include "client/verify.h"

/* How many of the last bytes are requested again when a download is resumed: they must be the same, since a
 * server can be wrong about its versions, and a disk about its bytes. */
#define FETCH_OVERLAP SPOOL_TAIL

struct fetch {
    struct receiver receiver;
    struct spool spool;
    struct progress *progress;
    struct stop *stop;
    const struct remote *remote;
    struct verify *verify;
    struct asked asked;
    uint64_t overlap; /* bytes that come again, to be compared with those that are here */
    uint64_t left;    /* bytes left of this answer's body */
    bool bounded;     /* `left` is valid */
    bool totalled;    /* the file's length is known: */
    uint64_t total;
    time_t modified;   /* 0 if unknown */
    bool bare;         /* send no If-Range: the server sends the tag, but does not understand it there */
    bool decode;       /* the server compresses although it was asked not to */
    bool reached;      /* a head came, in this attempt or an earlier one */
    bool started_over; /* bytes from before this run were dropped */
};

/* What to request next, given the bytes in the spool. */
struct http_request fetch_request(struct fetch *f);

/* The functions of the receiver. */
bool fetch_begin(struct receiver *r, const struct answer *a);
bool fetch_take(struct receiver *r, struct slice piece);
bool fetch_idle(struct receiver *r);

/* Whether the spool has every byte of the file. */
bool fetch_complete(const struct fetch *f);
