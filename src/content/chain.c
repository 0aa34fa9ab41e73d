/* A chain of digests (SHA-256).
 *
 * By libcrypto's plain functions: they allocate nothing and cannot fail. What replaces them allocates at each
 * step, and in OpenSSL 3.0 a fetch that gets no memory ends the process, or leaves it without SHA-256 for
 * good. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "content/chain.h"

#include <openssl/sha.h>

_Static_assert(CHAIN_BYTES == SHA256_DIGEST_LENGTH, "one digest is one link");

void chain_add(struct chain *c, struct slice bytes)
{
    SHA256_CTX digester;
    SHA256_Init(&digester);
    SHA256_Update(&digester, c->last, CHAIN_BYTES);
    SHA256_Update(&digester, bytes.p, bytes.n);
    SHA256_Final(c->last, &digester);
}
