/* Lists of digests as sha256sum(1) writes and reads them (SHA256SUMS): a line for each file. Pure. */
#pragma once

#include "base/buf.h"
#include "base/sha256.h"

/* "HEX  NAME\n". A name with a newline, a return or a backslash is escaped, and the line begins with a
 * backslash. */
void sums_add_line(struct buf *out, const struct sha256_digest *d, struct slice name);

enum sums_line {
    SUMS_FILE,    /* a digest and a name */
    SUMS_NOTHING, /* empty, a comment, another kind of digest, or a part of a signature */
    SUMS_WRONG,   /* none of that */
};

/* Where in a list the reader is. All zeros at the beginning. */
struct sums {
    bool in_signature; /* OpenPGP, after a list that is signed in place */
};

/* Reads the next line, which is without its end: as GNU writes it ("HEX  NAME", "HEX *NAME"), as BSD does
 * ("SHA256 (NAME) = HEX", "HEX NAME"), or as openssl(1) ("SHA256(NAME)= HEX", "SHA2-256(NAME)= HEX"). The
 * name is written into `name`, which is as large as the line; it has no NUL, and may lead anywhere. */
enum sums_line sums_read_line(struct sums *s, struct slice line, struct sha256_digest *ret, char *name,
                              size_t *ret_n);
