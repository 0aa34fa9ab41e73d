/* In what order the names of a folder stand, and a place in that order as text. */
#pragma once

#include "base/buf.h"

#include <time.h>

struct entry {
    const char *name;
    bool folder;
    bool described; /* size and modified are filled */
    uint64_t size;
    time_t modified;
    uint32_t modified_ns;
};

struct order {
    enum { ORDER_NAME, ORDER_SIZE, ORDER_TIME } key;
    bool descending; /* of the key; what is alike in it stands by name, ascending */
};

/* Names as people count: "a2" before "a10", ASCII case ignored. Differing names are never alike. */
int order_compare_names(const char *a, const char *b);

/* Folders first, then by the key, then by name. Two differing names are never alike. */
int order_compare(const struct order *o, const struct entry *a, const struct entry *b);

/* The place of an entry, for the next page to begin behind it: which kind, the number that it is sorted by (a
 * time is one of seconds and nine decimals), and its name. It holds whatever becomes of the entry itself. */
#define PLACE_TEXT_MAX (1 + 30 + 1 + 255 + 1)
void order_add_place(struct buf *out, const struct order *o, const struct entry *e);
/* Into *ret, whose name then is the end of `text`, which must be terminated. False when it is no place. */
bool order_read_place(const struct order *o, char *text, struct entry *ret);
