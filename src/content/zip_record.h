/* The records of a zip (PKWARE's APPNOTE.TXT 6.3), with zip64 if a size needs it. */
#pragma once

#include "base/buf.h"

struct zip_member {
    struct slice name; /* without a slash at its end */
    bool folder;
    int64_t modified;
    uint64_t size;   /* 0 for a folder */
    uint64_t offset; /* of its own record in the archive */
    /* Set once its bytes are written: */
    uint64_t packed;
    uint32_t crc;
};

/* The most that a member takes in the directory besides its name. */
#define ZIP_ENTRY_MAX 83

/* The head before a member's bytes, which are deflated; a member may have no bytes. */
void zip_add_head(struct buf *out, const struct zip_member *m);
/* The tail after the bytes. */
void zip_add_tail(struct buf *out, const struct zip_member *m);
/* The member's entry in the directory, at the end of the archive. */
void zip_add_entry(struct buf *out, const struct zip_member *m);
/* The end, after the directory of `members` entries, which begins at `at` in the archive and has `len`
 * bytes. */
void zip_add_end(struct buf *out, uint64_t members, uint64_t at, uint64_t len);
