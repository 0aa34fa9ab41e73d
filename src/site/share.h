/* What a loop knows of names: one look serves many requests, and still nothing is ever stale.
 *
 * A look serves all requests that arrived before it, which a count of arrivals tells. So a file that many
 * clients request at once is opened once in a batch of events. And if the file system sets the ctime of an
 * open file or folder at each change of it and of its name, a later request costs one fstat() of the file
 * and of each folder on its path, instead of opening it again. Every change is noticed by the requests that
 * come after it: a write, a truncation, a replacement, a removal, a rename, a link, a change of rights. */
#pragma once

#include "base/list.h"
#include "content/root.h"
#include "content/version.h"

/* Names that a loop knows at once; further ones are looked up each time. And bytes of small files that they
 * hold; further files are read each time. */
#define SHARES_MAX 16384
#define SHARES_BYTES (32 * 1024 * 1024)
#define SHARE_BUCKETS 16384
/* How many requested names are remembered, to recognise those that are requested again. */
#define SHARE_ASKED 16384
/* After this time a name is looked up again: files that nobody fetches any more are closed, and a mount
 * over a file is noticed. */
#define SHARE_MS 5000

struct share;

struct shares {
    /* How often this loop has received bytes from a client, or sent the last bytes of an answer: a logical
     * clock. */
    uint64_t arrivals;
    const struct root *root;
    const uint64_t *clock; /* in ms */
    /* Takes the reference: releasing it may take time by the file's size, and then needs a worker. NULL: it
     * is released at once. */
    void (*close_later)(struct shares *s, struct version *v);
    unsigned n, max;
    size_t bytes, bytes_max; /* at first SHARES_BYTES */
    struct list fleeting;    /* of this batch only */
    struct list lasting;     /* sorted by their time */
    struct share *buckets[SHARE_BUCKETS];
    uint32_t asked[SHARE_ASKED];
};

/* root and clock must outlive it; *clock is in ms. At most `max` names hold a descriptor beyond their
 * batch. */
void shares_init(struct shares *s, const struct root *root, unsigned max, const uint64_t *clock);

/* A reference to the version that `name` means, for a request that came when `arrivals` was `arrived`; NULL
 * if it is not known: look it up. */
struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived);

/* Adds what a look has just found, at the date `now`. */
void shares_put(struct shares *s, struct slice name, struct version *v, time_t now);

/* There is no descriptor left: releases those that only save time. False if there was none. */
bool shares_give_way(struct shares *s);

/* Call it after each batch. */
void shares_end_batch(struct shares *s);
/* Drops what is older than SHARE_MS. False if nothing is left, so that it need not be called again before
 * the next batch. */
bool shares_expire(struct shares *s);
void shares_free(struct shares *s);
