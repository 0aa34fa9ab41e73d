/* SHA-256 of bytes that come in any number of pieces.
 *
 * Uses libcrypto's old functions, which allocate nothing and cannot fail. They run the same code for the
 * processor's own SHA instructions as their replacements. Those allocate at each step, and if OpenSSL 3.0
 * runs out of memory while it fetches SHA-256, it ends the process or never finds SHA-256 again. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

_Static_assert(SHA256_BYTES == SHA256_DIGEST_LENGTH, "the same digest");

void sha256_begin(struct sha256 *s)
{
    SHA256_Init(&s->state);
}

void sha256_add(struct sha256 *s, struct slice bytes)
{
    SHA256_Update(&s->state, bytes.p, bytes.n);
}

struct sha256_digest sha256_end(struct sha256 *s)
{
    struct sha256_digest d;
    SHA256_Final(d.bytes, &s->state);
    return d;
}

struct sha256_digest sha256_of(struct slice bytes)
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, bytes);
    return sha256_end(&s);
}

struct slice sha256_to_hex(const struct sha256_digest *d, char to[static SHA256_HEX_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        to[2 * i] = digits[d->bytes[i] >> 4];
        to[2 * i + 1] = digits[d->bytes[i] & 15];
    }
    to[SHA256_HEX_BYTES] = '\0';
    return (struct slice){to, SHA256_HEX_BYTES};
}

static int nibble(char c)
{
    c = ascii_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sha256_from_hex(struct slice hex, struct sha256_digest *ret)
{
    if (hex.n != SHA256_HEX_BYTES)
        return false;
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}
