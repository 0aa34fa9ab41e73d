/* A folder as text: one line an entry, in the format of mtree(5), as libarchive and the BSDs read it. */
#pragma once

#include "base/buf.h"
#include "base/sha256.h"

#include <limits.h>
#include <time.h>

/* The longest line: each byte of the longest path escaped, and the keys. */
#define MTREE_LINE_MAX (4 * PATH_MAX + 256)

struct mtree_entry {
    struct slice path; /* below the folder, at most PATH_MAX bytes; empty for the folder itself */
    bool folder;
    uint64_t size; /* of a file */
    struct timespec modified;
    unsigned mode;                      /* the bits of 07777 */
    const struct sha256_digest *digest; /* of a file, if it is known; NULL: it is not */
};

/* The first line, "#mtree". */
void mtree_add_head(struct buf *out);
/* "." or "./PATH", and the keys: type, size (of a file), time with nine digits of ns, mode, sha256digest. */
void mtree_add_entry(struct buf *out, const struct mtree_entry *e);
/* The last line, "# end N entries". A text without it was cut off; to readers that do not know it, it is a
 * comment. */
void mtree_add_end(struct buf *out, uint64_t entries);
