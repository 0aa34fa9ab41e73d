/* Fills the gaps of a part file: fetches the pieces that are missing or wrong, a run of them at a time. What
 * comes needs no validator, since each piece is proved by the list. */
#pragma once

#include "client/attempt.h"
#include "client/part.h"
#include "client/progress.h"
#include "client/proof.h"
#include "client/stop.h"

struct patch {
    struct receiver receiver;
    struct part *part;
    struct proof *proof; /* it has the list */
    struct progress *progress;
    struct stop *stop;
    const struct remote *remote;
    uint64_t total;
    const char *etag;  /* strong; "": the server sends none */
    size_t first;      /* the pieces before this one are right, and stay so */
    uint64_t from, to; /* the run that is requested */
    uint64_t at;       /* the next byte of the file that comes */
    char *block;       /* bytes before `at` that are not written yet */
    size_t held;
    unsigned char *tries; /* how often each piece was fetched again because it was wrong */
    size_t again;         /* pieces that were, each counted once */
    bool changed;         /* the server has another file now */
};

enum patch_next {
    PATCH_RUN,   /* `from` and `to` are set */
    PATCH_WHOLE, /* nothing is missing or wrong */
    PATCH_SPENT, /* a piece was wrong too often: *e is filled */
};

/* The part, the proof and `total` must stay as they are until patch_end(). */
enum status patch_begin(struct patch *p, struct err *e);
void patch_end(struct patch *p);

/* What to request next, while nothing is left to be hashed. */
enum patch_next patch_next(struct patch *p, struct err *e);
struct http_request patch_request(const struct patch *p);
