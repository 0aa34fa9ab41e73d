/* The receiver that fills an outlet: judges the head of an answer, then takes the bytes. */
#pragma once

#include "client/attempt.h"
#include "client/outlet.h"
#include "client/progress.h"

struct fetch {
    struct receiver receiver;
    struct outlet outlet;
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
    bool reached;      /* a head came, in this attempt or an earlier one */
    bool started_over; /* what was here when the run began is not part of the result */
};

/* What to ask for next, going by what the outlet holds. */
struct request fetch_request(struct fetch *f);

/* The receiver's functions. */
bool fetch_begin(struct receiver *r, const struct answer *a);
bool fetch_take(struct receiver *r, struct slice piece);
bool fetch_idle(struct receiver *r);

/* Whether every byte of the file is in the outlet. */
bool fetch_complete(const struct fetch *f);
