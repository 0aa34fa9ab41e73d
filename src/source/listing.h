/* A folder's listing as a source: from one walk, in bounded memory, as text, HTML or JSON. */
#pragma once

#include "source/root.h"
#include "source/source.h"

enum listing_format {
    LISTING_TEXT, /* a name a line, folders with '/' behind; without the names that hold a newline */
    LISTING_HTML,
    LISTING_JSON,
};

/* Lists the folder open at fd, which is `name` (no NUL; slashes at its ends do not matter) of root. Takes fd,
 * also on failure; root must outlive the source. Names are sorted, folders first, in batches of LISTING_BATCH
 * entries: what is larger than a batch comes in several sorted runs. NULL when memory ran out. */
#define LISTING_BATCH 16384
struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   enum listing_format format);
