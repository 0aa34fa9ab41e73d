/* The first entries of a folder in some order, out of any number, with memory for these only. */
#pragma once

#include "content/order.h"

struct selection {
    struct order order;
    size_t keep; /* how many are wanted */
    struct entry *entries;
    size_t count, cap;
    bool full; /* `keep` entries are known that precede all others seen; entries[keep - 1] is the limit */
};

/* False if enough entries are known that precede this one. */
bool selection_wants(const struct selection *s, const struct entry *e);

/* Copies the entry and its name. False if memory ran out. */
bool selection_add(struct selection *s, const struct entry *e);

/* Releases the memory for more entries. */
void selection_shrink(struct selection *s);

/* Sorts the entries, and drops all but the first `keep`. */
void selection_sort(struct selection *s);

/* Drops the entries from `from` on; the memory for others stays. */
void selection_cut(struct selection *s, size_t from);
void selection_free(struct selection *s);
