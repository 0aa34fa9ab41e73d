/* A folder as one file. */
#pragma once

#include "content/root.h"
#include "content/source.h"
#include "content/turn.h"

enum archive_format {
    ARCHIVE_FORMAT_NONE,
    ARCHIVE_FORMAT_TAR, /* with a known length and an ETag, and therefore with ranges */
    ARCHIVE_FORMAT_ZIP, /* for people without tar */
};

/* Opens an archive of the folder `name` of root, which must outlive the source. Blocks while it walks the
 * folder. Returns 0 with *ret, or a negative errno: -E2BIG if the folder is too large for such an archive;
 * -EBUSY and -EALREADY, with *mine, as turn_take(). */
int source_open_archive(struct turn **mine, const struct root *root, struct slice name,
                        enum archive_format format, struct source **ret);

/* The name of the archive of the folder `name`, without ".tar", and the path that its members begin with:
 * the folder's own name, or "files" for the served folder itself, whose name is not public. */
struct slice archive_title(struct slice name);
