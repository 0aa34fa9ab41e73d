/* A file's neighbours: the same content, compressed ahead. */
#pragma once

#include "http/coding.h"
#include "site/look.h"

struct neighbour {
    struct version *version; /* a reference; NULL: the file itself is to be sent */
    enum coding coding;      /* of the version */
    bool varies;             /* who prefers another coding gets something else */
};

/* The first neighbour of the file `name`, of which v is the version at hand, in the client's order. 0 with
 * *ret, -EAGAIN when that is beyond this look's reach, or why it cannot be told now. */
int neighbour_choose(const struct look *l, const struct coding_order *order, struct slice name,
                     struct version *v, struct neighbour *ret);
