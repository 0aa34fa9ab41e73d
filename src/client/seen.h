/* A set of names, of which it keeps hashes of 64 bits: a million takes 16 MiB. */
#pragma once

#include "base/slice.h"

struct seen {
    uint64_t *slots; /* 0: free */
    size_t n, cap;
};

enum seen_result {
    SEEN_NEW,
    SEEN_BEFORE,
    SEEN_FULL, /* more than SEEN_MOST, or memory ran out */
};
#define SEEN_MOST ((size_t)4 << 20)

enum seen_result seen_add(struct seen *s, struct slice name);
bool seen_has(const struct seen *s, struct slice name);
void seen_free(struct seen *s);
