/* Reads a tar as it arrives: the members that the server sends for a list of names (pax, regular files).
 * Pure, in bounded memory. Not libarchive's reader, which drops the records that are ferry's own: a member's
 * SHA-256, and why there is no more of it. */
#pragma once

#include "content/tar.h"

enum tar_event {
    TAR_MORE,       /* all input was taken */
    TAR_MEMBER,     /* a head is complete: path, size, ... */
    TAR_BYTES,      /* some of the member's bytes */
    TAR_MEMBER_END, /* all of them have come */
    TAR_ENDED,      /* the archive is complete */
    TAR_BAD,        /* it is none */
};

struct tar_reader {
    enum { TAR_AT_HEAD, TAR_AT_PAX, TAR_AT_BODY, TAR_AT_PADDING, TAR_AT_END, TAR_AT_ERROR } at;
    size_t have;   /* bytes in `block` or `pax` */
    uint64_t left; /* of the pax header, of the body or of the padding */
    size_t pax_len;
    char block[TAR_BLOCK];
    char pax[TAR_PAX_MAX];
    /* The member: */
    char path[TAR_PATH_MAX + 1];
    size_t path_len;
    uint64_t size;
    bool hashed, marked;
    struct sha256_digest digest;
    char error[32];     /* FERRY.error, if it is marked */
    struct slice bytes; /* TAR_BYTES */
};

static inline void tar_reader_begin(struct tar_reader *r)
{
    r->at = TAR_AT_HEAD;
    r->have = r->pax_len = 0;
}

/* What comes next in *in, which loses what was taken. */
enum tar_event tar_reader_next(struct tar_reader *r, struct slice *in);
