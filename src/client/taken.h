/* The targets that one command has named so far: two of its sources never share one. */
#pragma once

#include "client/dest.h"

struct taken {
    void *tree;
    size_t bytes; /* how much memory it holds */
};

/* Notes that `source` goes to `t`. The same source twice is no trouble. Fills *e when another one goes there
 * already. */
enum status taken_add(struct taken *k, const struct dest *t, const char *source, struct err *e);

void taken_free(struct taken *k);
