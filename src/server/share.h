/* What a loop knows of names: one look at a file serves many requests, and yet nothing is ever stale.
 *
 * A look serves every request that had come by then; a count of arrivals tells who that is. So a file that
 * many ask for at once is opened once in a batch of events. And where each change of a file or of its name
 * becomes a new ctime of what is held open, a later request costs one fstat() of the file, and of each folder
 * on the way, instead of opening it anew: written, cut, replaced, removed, renamed, linked, no longer to be
 * read; whatever was done to it is seen by whoever asks after it was done. */
#pragma once

#include "content/root.h"
#include "content/version.h"
#include "io/workers.h"

/* Names known at once, of a loop: what goes beyond is looked for each time. And bytes of small files that
 * they hold: what goes beyond is read each time. */
#define SHARES_MAX 16384
#define SHARES_BYTES (32 * 1024 * 1024)
#define SHARE_BUCKETS 16384
/* How many of the names that were asked for are remembered, to tell who comes again. */
#define SHARE_ASKED 16384
/* Then a name is looked for anew: what nobody fetches any more is closed, and a mount over it is seen. */
#define SHARE_MS 5000

struct share;

struct shares {
    /* How often this loop has taken bytes from a client, or sent the last ones: a clock of what came before
     * what. */
    uint64_t arrivals;
    const struct root *root;
    struct loop *loop;
    struct workers *workers;
    unsigned n, max;
    size_t bytes, bytes_max; /* at first SHARES_BYTES */
    struct list fleeting;    /* of this batch alone */
    struct timer_queue lasting;
    struct share *buckets[SHARE_BUCKETS];
    uint32_t asked[SHARE_ASKED];
};

/* All three must outlive it. At most `max` names hold a descriptor each beyond their batch. */
void shares_init(struct shares *s, const struct root *root, unsigned max, struct loop *l, struct workers *w);

/* A reference to what `name` stands for, for a request that had come when `arrivals` was `arrived`; NULL when
 * that is not known: look for it. */
struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived);

/* What a look has found just now, at the date `now`. */
void shares_put(struct shares *s, struct slice name, struct version *v, time_t now);

/* There is no descriptor left: gives back those that only save time. False when there was none. */
bool shares_give_way(struct shares *s);

/* After each batch. */
void shares_end_batch(struct shares *s);
/* The workers may have ended. */
void shares_free(struct shares *s);
