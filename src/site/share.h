/* What a loop knows of names: one look at a file serves many requests, and yet nothing is ever stale.
 *
 * A look serves every request that had come by then; a count of arrivals tells who that is. So a file that
 * many ask for at once is opened once in a batch of events. And where each change of a file or of its name
 * becomes a new ctime of what is held open, a later request costs one fstat() of the file, and of each folder
 * on the way, instead of opening it anew: written, cut, replaced, removed, renamed, linked, no longer to be
 * read; whatever was done to it is seen by whoever asks after it was done. */
#pragma once

#include "base/list.h"
#include "content/root.h"
#include "content/version.h"

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
    const uint64_t *clock; /* in ms */
    /* Takes the reference: what this frees takes time by the file's size, and so wants a worker. NULL: it is
     * freed at once. */
    void (*close_later)(struct shares *s, struct version *v);
    unsigned n, max;
    size_t bytes, bytes_max; /* at first SHARES_BYTES */
    struct list fleeting;    /* of this batch alone */
    struct list lasting;     /* in the order of their time */
    struct share *buckets[SHARE_BUCKETS];
    uint32_t asked[SHARE_ASKED];
};

/* Both must outlive it; *clock is in ms. At most `max` names hold a descriptor each beyond their batch. */
void shares_init(struct shares *s, const struct root *root, unsigned max, const uint64_t *clock);

/* A reference to what `name` stands for, for a request that had come when `arrivals` was `arrived`; NULL when
 * that is not known: look for it. */
struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived);

/* What a look has found just now, at the date `now`. */
void shares_put(struct shares *s, struct slice name, struct version *v, time_t now);

/* There is no descriptor left: gives back those that only save time. False when there was none. */
bool shares_give_way(struct shares *s);

/* After each batch. */
void shares_end_batch(struct shares *s);
/* Forgets what has stood for SHARE_MS. False when nothing is left: then it need not be called again before
 * the next batch. */
bool shares_expire(struct shares *s);
void shares_free(struct shares *s);
