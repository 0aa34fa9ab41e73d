/* Parts of respond.c: errors and several ranges. */
#pragma once

#include "http/range.h"
#include "site/exchange.h"

/* The body of an error. NULL if memory ran out. */
struct source *refuse(const struct exchange *x, int status);

/* These ranges of what was found, one after the other. NULL if memory or randomness ran out. */
struct source *parts_open(const struct found *found, const struct range *parts, size_t n);
