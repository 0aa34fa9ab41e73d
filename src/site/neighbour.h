/* A file's neighbours: the same content, compressed in advance. */
#pragma once

#include "http/coding.h"
#include "site/look.h"

struct neighbour {
    struct version *version; /* a reference; NULL: the file itself is sent */
    enum coding coding;      /* of the version */
    bool varies;             /* a client that prefers another coding gets something else */
};

/* Chooses the first neighbour of the file `name`, whose version is v, in the client's order. Returns 0 with
 * *ret, -EAGAIN if that is beyond this look's reach, or another negative errno if it cannot be told now. */
int neighbour_choose(const struct look *l, const struct coding_order *order, struct slice name,
                     struct version *v, struct neighbour *ret);
