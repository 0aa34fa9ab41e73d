/* What one loop caches of a site, so that it need not be found out again for the next request. Never shared
 * between threads. */
#pragma once

#include "http/date.h"
#include "site/share.h"
#include "site/site.h"

struct site_cache {
    struct site *site;
    const uint64_t *clock; /* in ms; the owner sets it once for a batch of events */
    bool ending;           /* the owner stops: no client is told to wait, and no connection is kept */
    struct shares shares;
    uint64_t root_until;   /* until this time of the clock, the served folder need not be looked at again */
    unsigned root_changes; /* of its anchor, at the last look */
    uint64_t date_at;      /* the time of the clock when `date` was read; UINT64_MAX: never */
    time_t date;
    time_t fields_date;        /* the date in `fields` */
    struct buf fields;         /* of every answer */
    struct date_memo modified; /* the Last-Modified sent last */
    struct host_memo host;
};

/* `site` and `clock` must outlive it. Returns 0 or -ENOMEM; call site_cache_free() in either case. */
int site_cache_init(struct site_cache *c, struct site *site, const uint64_t *clock, unsigned names_max);
void site_cache_free(struct site_cache *c);

/* The date of this batch of events. */
time_t site_cache_date(struct site_cache *c);

/* The fields of every answer, as complete lines: the date, and the operator's fields. Made once a second,
 * valid until the next call. */
struct slice site_cache_fields(struct site_cache *c);

/* Whether the served folder's name still means the open folder, as far as that can be told without
 * blocking. Checked at most once a ms, in which a loop answers some hundred requests. False: a worker has
 * to look (root_look_again), and after that: */
bool site_cache_knows_root(struct site_cache *c);
void site_cache_root_was_looked_at(struct site_cache *c);
