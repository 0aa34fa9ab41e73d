/* The parts of making a response, for respond.c. */
#pragma once

#include "http/range.h"
#include "site/exchange.h"

/* The body of an error. NULL when memory ran out. */
struct source *refuse(const struct exchange *x, int status);

/* These ranges of what was found, one behind the other. NULL when memory, or chance, ran out. */
struct source *parts_open(const struct found *found, const struct range *parts, size_t n);
