/* The query of a target, as forms write it: "sort=name&order=desc". */
#pragma once

#include "base/slice.h"

/* The value of the first parameter of that name, decoded (%XX, and '+' as a space) into to[0..cap). False
 * when there is none, or when it is no right encoding or does not fit; "a" alone has the empty value. */
bool query_get(struct slice query, struct slice name, char *to, size_t cap, struct slice *ret);
