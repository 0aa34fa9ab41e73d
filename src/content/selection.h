/* The first entries of a folder in some order, out of however many: in memory for these alone. */
#pragma once

#include "content/order.h"

struct selection {
    struct order order;
    size_t keep; /* so many of the first are wanted */
    struct entry *entries;
    size_t count, cap;
    bool full; /* `keep` better ones than any that is not wanted are known: entries[keep - 1] is the limit */
};

/* False when enough entries are known that stand before this one. */
bool selection_wants(const struct selection *s, const struct entry *e);

/* Copies the entry and its name. False when memory ran out. */
bool selection_add(struct selection *s, const struct entry *e);

/* Gives back the room for more. */
void selection_shrink(struct selection *s);

/* Sorts what there is, and forgets all but `keep`. */
void selection_sort(struct selection *s);

/* Forgets the entries from `from` on; the memory for others stays. */
void selection_cut(struct selection *s, size_t from);
void selection_free(struct selection *s);
