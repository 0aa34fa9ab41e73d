/* What one loop keeps of a site, so that the next request need not find it out again. Never shared between
 * threads. */
#pragma once

#include "http/date.h"
#include "site/share.h"
#include "site/site.h"

struct site_cache {
    struct site *site;
    const uint64_t *clock; /* in ms, moved on by the owner, once a batch of events */
    bool ending;           /* the owner stops: nobody is told to wait, and no connection is kept */
    struct shares shares;
    uint64_t root_until;   /* of the clock: until then the served folder need not be looked at again */
    unsigned root_changes; /* of its anchor, at the last look */
    uint64_t date_at;      /* of the clock, when `date` was looked at; UINT64_MAX: never */
    time_t date;
    time_t fields_at;          /* the date in `fields` */
    struct buf fields;         /* of every answer */
    struct date_memo modified; /* what the last answer said */
    struct host_memo host;
};

/* `site` and `clock` outlive it. 0 or -ENOMEM; site_cache_free() in either case. */
int site_cache_init(struct site_cache *c, struct site *site, const uint64_t *clock, unsigned names_max);
void site_cache_free(struct site_cache *c);

/* The date of this batch of events. */
time_t site_cache_date(struct site_cache *c);

/* The fields that stand in every answer, as whole lines: the date, and what the operator wants. Made once a
 * second, good until the next call. */
struct slice site_cache_fields(struct site_cache *c);

/* Whether the served folder's name still stands for what is open, as far as that can be told without
 * waiting. Looked at no more than once a ms, in which a loop answers some hundred requests. False: a worker
 * has to look (root_look_again), and then: */
bool site_cache_knows_root(struct site_cache *c);
void site_cache_root_was_looked_at(struct site_cache *c);
