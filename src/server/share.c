/* One look for a name serves every request for it that had come by then. */
#include "server/share.h"

#include <stdlib.h>

static unsigned slot_of(struct slice name)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)name.p[i]) * 16777619;
    return (hash ^ hash >> 16) % SHARES;
}

struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived)
{
    if (s->used == 0 || name.n > SHARE_NAME_MAX)
        return NULL;
    const struct share *found = &s->all[slot_of(name)];
    bool fits = found->version && arrived <= found->looked_at &&
                slice_eq(name, (struct slice){found->name, found->name_len});
    return fits ? version_ref(found->version) : NULL;
}

void shares_put(struct shares *s, struct slice name, struct version *v)
{
    if (name.n > SHARE_NAME_MAX)
        return;
    unsigned slot = slot_of(name);
    struct share *to = &s->all[slot];
    if (to->version) {
        if (version_unref_waits(to->version)) /* It stays until the batch is over. */
            return;
        version_unref(to->version);
    } else {
        s->slots[s->used++] = (uint8_t)slot;
    }
    to->version = version_ref(v);
    to->looked_at = s->arrivals;
    to->name_len = (uint32_t)name.n;
    memcpy(to->name, name.p, name.n);
}

/* A close that frees a large file's blocks. */
struct late_close {
    struct job job;
    struct version *version;
};

static void close_on_worker(struct job *j)
{
    version_unref(container_of(j, struct late_close, job)->version);
}

static void free_at_home(struct job *j)
{
    free(container_of(j, struct late_close, job));
}

static void drop(struct version *v, struct workers *w, struct loop *l)
{
    struct late_close *late = version_unref_waits(v) ? malloc(sizeof *late) : NULL;
    if (!late) {
        version_unref(v);
        return;
    }
    late->job = (struct job){.run = close_on_worker, .done = free_at_home, .home = l};
    late->version = v;
    workers_submit(w, &late->job);
}

void shares_clear(struct shares *s, struct workers *w, struct loop *l)
{
    while (s->used > 0) {
        struct share *one = &s->all[s->slots[--s->used]];
        drop(one->version, w, l);
        one->version = NULL;
    }
}
