/* Reads Metalink 4 (RFC 5854), the description of files: of each its name, its length, its digest, the
 * digests of its pieces, and where it can be had. Pure, and in pieces of any size: no more is kept than the
 * result. */
#pragma once

#include "base/sha256.h"

#define METALINK_URLS 32 /* further ones are ignored */
/* A TiB in pieces of 1 MiB. */
#define METALINK_PIECES_MAX ((size_t)1 << 20)
/* That many pieces, in lines of 128 bytes. Of a document of many files, what there is of one. */
#define METALINK_BYTES_MAX ((size_t)128 << 20)

struct metalink_url {
    char *text;
    unsigned priority; /* 1 is the best; 999999 if none is given */
};

struct metalink {
    char *name; /* may lead anywhere */
    bool sized; /* the length is known: */
    uint64_t size;
    bool hashed; /* the digest of the whole is known: */
    struct sha256_digest whole;
    uint64_t piece_len; /* of each piece but the last; 0: there are no digests of pieces */
    size_t pieces;
    struct sha256_digest *digests; /* one a piece, in their order */
    size_t n_urls;
    struct metalink_url urls[METALINK_URLS]; /* by priority */
};

void metalink_free(struct metalink *m);

struct metalink_reader;

/* NULL if memory ran out. */
struct metalink_reader *metalink_reader_new(void);
void metalink_reader_free(struct metalink_reader *r);

/* The document may describe any number of files: each is given to take(), which may keep what it has (set to
 * NULL), and returns false to read no more. Without this, a second file is refused. */
void metalink_reader_each(struct metalink_reader *r, bool (*take)(void *context, struct metalink *m),
                          void *context);

/* The next bytes of the document. False if it is invalid; the rest needs not be given then. */
bool metalink_reader_take(struct metalink_reader *r, struct slice bytes);

/* The document is complete. The caller frees *ret, which has nothing after metalink_reader_each(). False if
 * it is not valid: metalink_reader_why() says why, as in "the list ...". */
bool metalink_reader_end(struct metalink_reader *r, struct metalink *ret);
const char *metalink_reader_why(const struct metalink_reader *r);
