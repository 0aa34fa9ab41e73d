/* A set of names, of which it keeps hashes of 64 bits: a million takes 16 MiB. */
#pragma once

#include "base/slice.h"

struct name_set {
    uint64_t *slots; /* 0: free */
    size_t n, cap;
};

enum name_set_result {
    NAME_SET_NEW,
    NAME_SET_BEFORE,
    NAME_SET_FULL, /* more than NAME_SET_MOST, or memory ran out */
};
#define NAME_SET_MOST ((size_t)4 << 20)

enum name_set_result name_set_add(struct name_set *s, struct slice name);
bool name_set_has(const struct name_set *s, struct slice name);
void name_set_free(struct name_set *s);
