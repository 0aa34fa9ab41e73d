/* Digests of a message's bytes: the fields of RFC 9530 (Repr-Digest, Content-Digest, Want-Repr-Digest,
 * Want-Content-Digest), and those of RFC 3230 before it (Digest, Want-Digest). SHA-256 is the only
 * algorithm that is read or written. */
#pragma once

#include "base/sha256.h"

/* The longest text of a digest, with a NUL at its end. */
#define DIGEST_TEXT_MAX 64

/* The SHA-256 in a value of Repr-Digest or Content-Digest, whose lines were joined with commas. False if
 * there is none, or if any part of the field is malformed (RFC 8941 4.2). */
bool digest_parse(struct slice field, struct sha256_digest *ret);
/* Whether a value of Want-Repr-Digest or Want-Content-Digest asks for SHA-256: with a preference of 1 to
 * 10. */
bool digest_is_wanted(struct slice field);
/* "sha-256=:...:" */
struct slice digest_format(const struct sha256_digest *d, char to[static DIGEST_TEXT_MAX]);

/* The same for Digest and Want-Digest. A malformed element is skipped. */
bool digest_parse_old(struct slice field, struct sha256_digest *ret);
bool digest_is_wanted_old(struct slice field);
/* "SHA-256=..." */
struct slice digest_format_old(const struct sha256_digest *d, char to[static DIGEST_TEXT_MAX]);
