/* What one loop caches of a site. */
#include "site/site_cache.h"

#include "http/head.h"
#include "site/fields.h"

#include <errno.h>

/* How long the served folder's name is trusted after a worker looked, if the kernel's caches do not know
 * it. */
#define ROOT_MS 1000

int site_cache_init(struct site_cache *c, struct site *site, const uint64_t *clock, unsigned names_max)
{
    c->site = site;
    c->clock = clock;
    c->date_at = UINT64_MAX;
    c->fields = buf_new(FIELDS_MAX + 256);
    shares_init(&c->shares, &site->root, names_max, clock);
    /* Now, so that the answers of no second lack it. */
    return buf_reserve(&c->fields, site->fields.n + 256) ? 0 : -ENOMEM;
}

void site_cache_free(struct site_cache *c)
{
    shares_free(&c->shares);
    buf_free(&c->fields);
}

time_t site_cache_date(struct site_cache *c)
{
    if (c->date_at != *c->clock) {
        c->date_at = *c->clock;
        c->date = time(NULL);
    }
    return c->date;
}

struct slice site_cache_fields(struct site_cache *c)
{
    time_t now = site_cache_date(c);
    if (c->fields_date != now || buf_len(&c->fields) == 0) {
        char date[DATE_TEXT_SIZE];
        date_format(now, date);
        buf_clear(&c->fields);
        head_text(&c->fields, SLICE("Date"), slice_of(date));
        fields_add_unless_given(&c->fields, c->site->fields, SLICE("X-Content-Type-Options"),
                                SLICE("nosniff"));
        buf_add(&c->fields, c->site->fields);
        c->fields_date = now;
    }
    return buf_slice(&c->fields);
}

/* Trusts the root for `ms` from now on. What this loop knows of a previous folder is dropped. */
static void believe_root(struct site_cache *c, unsigned ms)
{
    unsigned changes = atomic_load(&c->site->root.anchor.changes);
    if (c->root_changes != changes) {
        shares_end_batch(&c->shares);
        shares_give_way(&c->shares);
        c->root_changes = changes;
    }
    c->root_until = *c->clock + ms;
}

bool site_cache_knows_root(struct site_cache *c)
{
    const struct anchor *a = &c->site->root.anchor;
    if (*c->clock < c->root_until && !atomic_load(&a->resting))
        return true;
    if (!anchor_holds(a))
        return false;
    believe_root(c, 1);
    return true;
}

void site_cache_root_was_looked_at(struct site_cache *c)
{
    const struct anchor *a = &c->site->root.anchor;
    believe_root(c, anchor_holds(a) ? 1 : atomic_load(&a->gone) ? 0 : ROOT_MS);
}
