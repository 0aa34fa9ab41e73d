/* A file's neighbours: the same content, compressed ahead. */
#pragma once

#include "site/route.h"

/* The first neighbour of the file `name`, of which v is the version at hand, in the client's order; *ret is
 * NULL when the file itself is to be sent. Sets found->coding and found->varies. 0, -EAGAIN when that is
 * beyond this look's reach, or why it cannot be told now. */
int neighbour_choose(const struct look *l, const struct coding_order *order, struct slice name,
                     struct version *v, struct version **ret, struct found *found);
