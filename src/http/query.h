/* The query of a target, in the format of forms: "sort=name&order=desc". */
#pragma once

#include "base/slice.h"

/* The value of the first parameter of that name, decoded (%XX, and '+' as a space) into to[0..cap). False
 * if there is none, or if it is invalid or does not fit. "a" without '=' has an empty value. */
bool query_get(struct slice query, struct slice name, char *to, size_t cap, struct slice *ret);
