/* SHA-256 of bytes that come in any number of pieces. */
#pragma once

#include "base/slice.h"

#include <openssl/sha.h>

#define SHA256_BYTES 32
#define SHA256_HEX_BYTES 64

struct sha256_digest {
    unsigned char bytes[SHA256_BYTES];
};

/* A digest in the making. It may be copied, to go on from the same bytes in two ways. */
struct sha256 {
    SHA256_CTX state;
};

/* None of these can fail, and none allocates memory. */
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, struct slice bytes);
struct sha256_digest sha256_end(struct sha256 *s);

struct sha256_digest sha256_of(struct slice bytes);

static inline bool sha256_eq(const struct sha256_digest *a, const struct sha256_digest *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_BYTES) == 0;
}

/* In lower case, with a NUL at its end. */
struct slice sha256_to_hex(const struct sha256_digest *d, char to[static SHA256_HEX_BYTES + 1]);
/* In either case. */
bool sha256_from_hex(struct slice hex, struct sha256_digest *ret);
