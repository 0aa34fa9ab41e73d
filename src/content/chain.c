/* A chain of digests (SHA-256).
 *
 * Uses libcrypto's old functions, which allocate nothing and cannot fail. Their replacements allocate at
 * each step, and if OpenSSL 3.0 runs out of memory while it fetches SHA-256, it ends the process or never
 * finds SHA-256 again. */
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
