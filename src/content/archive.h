/* A folder as one file. */
#pragma once

#include "content/root.h"
#include "content/source.h"
#include "content/turn.h"

enum archive_format {
    ARCHIVE_FORMAT_NONE,
    ARCHIVE_FORMAT_TAR, /* of known length, with an ETag, and so with ranges */
    ARCHIVE_FORMAT_ZIP, /* for those who have no tar */
};

/* Of the folder that is `name` of root, which must outlive the source; blocks while it walks the folder. 0
 * with *ret, or a negative errno: -E2BIG when such an archive cannot hold that much, and -EBUSY and
 * -EALREADY, with *mine, as from turn_take(). */
int source_open_archive(struct turn **mine, const struct root *root, struct slice name,
                        enum archive_format format, struct source **ret);

/* What the archive of the folder `name` is called, without ".tar", and what its members stand below: the
 * folder's own name, or "files" for the served folder itself, whose name is not public. */
struct slice archive_title(struct slice name);
