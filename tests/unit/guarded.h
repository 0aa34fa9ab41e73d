/* A slice that ends at a protected page, for tests that are tables of texts. */
#pragma once

#include "base/slice.h"
#include "guard.h"

/* Never released: a table is short, and so is the process. */
static inline struct slice guarded(struct slice s)
{
    return s.p ? (struct slice){guard_end(s.p, s.n), s.n} : s;
}

static inline struct slice guarded_text(const char *text)
{
    return guarded(slice_of(text));
}

#define LENGTH(table) (sizeof(table) / sizeof *(table))
