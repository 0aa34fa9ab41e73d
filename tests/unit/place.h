/* A folder for a test's files. */
#pragma once

#include "unit.h"

#include <ftw.h>
#include <stdlib.h>

/* `name` is a template that ends in XXXXXX, or the name that was made of it before. */
static inline void place_make(char *name)
{
    strcpy(name + strlen(name) - 6, "XXXXXX");
    assert_non_null(mkdtemp(name));
}

static inline int place_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

/* With everything in it. Returns 0 if that was possible, for a test's teardown. */
static inline int place_remove(const char *name)
{
    return nftw(name, place_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
