/* What is sent for a file, and what is said of it. */
#pragma once

#include "site/route.h"

/* Takes the reference; v is NULL when there was no memory for it. False as route_find() has it. */
bool representation_of(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct found *ret);
