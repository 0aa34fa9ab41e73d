/* What a zip is made of besides its members' bytes (PKWARE's APPNOTE.TXT 6.3), with zip64 where a size needs
 * it. */
#pragma once

#include "base/buf.h"

struct zip_member {
    struct slice name; /* without a slash at its end */
    bool folder;
    int64_t modified;
    uint64_t size;   /* 0 for a folder */
    uint64_t offset; /* in the archive, of its own record */
    /* Once its bytes are written: */
    uint64_t packed;
    uint32_t crc;
};

/* Besides its name, what a member takes in the directory at most. */
#define ZIP_ENTRY_MAX 83

/* What comes before a member's bytes, which are deflated; a member without any has none. */
void zip_add_head(struct buf *out, const struct zip_member *m);
/* What comes after them. */
void zip_add_tail(struct buf *out, const struct zip_member *m);
/* Its entry in the directory, in which an archive ends. */
void zip_add_entry(struct buf *out, const struct zip_member *m);
/* After the directory of `members` entries, which begins at `at` in the archive and has `len` bytes. */
void zip_add_end(struct buf *out, uint64_t members, uint64_t at, uint64_t len);
