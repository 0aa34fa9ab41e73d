/* The targets of one command's sources so far: no two sources may share one. */
#pragma once

#include "client/dest.h"

struct taken {
    void *tree;
    size_t bytes; /* memory in use */
};

/* Records that `source` is saved as `t`. The same source twice is allowed. Fills *e if another source has
 * that target. */
enum status taken_add(struct taken *k, const struct dest *t, const char *source, struct err *e);

void taken_free(struct taken *k);
