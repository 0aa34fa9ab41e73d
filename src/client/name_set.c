/* A set of names. */
#include "client/name_set.h"

#include <stdlib.h>

#define FIRST_CAP 1024

/* FNV-1a, and a last stir, since the low bits choose the slot. Two names of a million have the same hash once
 * in thirty million sets. */
static uint64_t hash_of(struct slice s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    return h ? h : 1;
}

static uint64_t *slot_of(uint64_t *slots, size_t cap, uint64_t hash)
{
    size_t i = hash & (cap - 1);
    while (slots[i] && slots[i] != hash)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static bool grow(struct name_set *s)
{
    size_t cap = s->cap ? 2 * s->cap : FIRST_CAP;
    uint64_t *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i])
            *slot_of(slots, cap, s->slots[i]) = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return true;
}

enum name_set_result name_set_add(struct name_set *s, struct slice name)
{
    uint64_t hash = hash_of(name);
    if (2 * (s->n + 1) > s->cap && (s->n >= NAME_SET_MOST || !grow(s)))
        return NAME_SET_FULL;
    uint64_t *slot = slot_of(s->slots, s->cap, hash);
    if (*slot)
        return NAME_SET_BEFORE;
    *slot = hash;
    s->n++;
    return NAME_SET_NEW;
}

bool name_set_has(const struct name_set *s, struct slice name)
{
    return s->n > 0 && *slot_of(s->slots, s->cap, hash_of(name));
}

void name_set_free(struct name_set *s)
{
    free(s->slots);
    *s = (struct name_set){.n = 0};
}
