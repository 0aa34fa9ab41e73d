/* The head of a member of a tar archive: ustar, and pax if ustar has no room (POSIX.1-2017, pax). */
#pragma once

#include "base/sha256.h"

#include <limits.h>

#define TAR_BLOCK 512
/* An archive ends with two blocks of zeros. */
#define TAR_END (2 * TAR_BLOCK)
/* A folder's own name, and a path below it. */
#define TAR_PATH_MAX (NAME_MAX + 1 + PATH_MAX)
/* The pax records: such a path and five short ones, in whole blocks. */
#define TAR_PAX_MAX ((TAR_PATH_MAX + 256 + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK)
#define TAR_HEAD_MAX (TAR_BLOCK + TAR_PAX_MAX + TAR_BLOCK)

struct tar_member {
    struct slice path; /* at most TAR_PATH_MAX bytes, without a slash at its end */
    bool folder;
    uint64_t size; /* 0 for a folder */
    int64_t modified;
    long modified_ns;                   /* 0: whole seconds are enough */
    const struct sha256_digest *digest; /* as FERRY.sha256; NULL: none */
    const char *error; /* why there is no more of it, as FERRY.error; NULL: there is no error */
};

/* Writes everything that precedes the member's bytes, and returns its length, a multiple of TAR_BLOCK.
 * Equal members give equal bytes: owner 0, mode 0644 or, for a folder, 0755. */
size_t tar_head(const struct tar_member *m, char to[static TAR_HEAD_MAX]);

/* How many zeros follow a member's bytes. */
static inline size_t tar_padding(uint64_t size)
{
    return (size_t)(-size % TAR_BLOCK);
}
