/* The order of names in a folder, and a place in that order as text. */
#pragma once

#include "base/buf.h"

#include <time.h>

struct entry {
    const char *name;
    bool folder;
    bool described; /* size and modified are set */
    uint64_t size;
    time_t modified;
    uint32_t modified_ns;
};

struct order {
    enum { ORDER_NAME, ORDER_SIZE, ORDER_TIME } key;
    bool descending; /* applies to the key; entries with equal keys are in ascending order of names */
};

/* Compares names as people count: "a2" before "a10", ASCII case ignored. Different names are never equal. */
int order_compare_names(const char *a, const char *b);

/* Folders first, then by key, then by name. Entries with different names are never equal. */
int order_compare(const struct order *o, const struct entry *a, const struct entry *b);

/* Adds the place of an entry, after which the next page begins: its kind, the number that it is sorted by
 * (a time as seconds and nine decimals), and its name. The place stays valid if the entry is removed. */
#define PLACE_TEXT_MAX (1 + 30 + 1 + 255 + 1)
void order_add_place(struct buf *out, const struct order *o, const struct entry *e);
/* Reads a place into *ret, whose name is then the end of `text` (which must be terminated). False if it is
 * not a place. */
bool order_read_place(const struct order *o, char *text, struct entry *ret);
