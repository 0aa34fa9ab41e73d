/* The body of a request for several files of a folder: names below it, each ended by a NUL. */
#pragma once

#include "base/slice.h"

#define NAMES_TYPE "application/vnd.ferry.names"
/* Of all names together. */
#define NAMES_MAX (1024 * 1024)
/* Of one name: what Linux takes for a path. */
#define NAMES_NAME_MAX 4095

/* Whether a Content-Type field says that it is such a body. */
bool names_is_type(struct slice content_type);

/* Whether it is one: the last name is ended, too, and each has single slashes between its parts, of which
 * none is "." or "..". No name at all is right. slice_cut() then takes it apart. */
bool names_ok(struct slice body);
