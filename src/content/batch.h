/* Several files of a folder, as one tar. */
#pragma once

#include "base/buf.h"
#include "content/root.h"
#include "content/source.h"

/* The files `names` below the folder `name` of root, which must outlive the source: a member for each name,
 * in their order. Each name is ended by a NUL, and none is empty. The source takes the buffer's bytes, unless
 * it is NULL, because memory ran out. */
struct source *source_open_batch(const struct root *root, struct slice name, struct buf *names);
