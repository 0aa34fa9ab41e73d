/* A chain of digests (SHA-256). */
#include "content/chain.h"

void chain_add(struct chain *c, struct slice bytes)
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, (struct slice){(const char *)c->last, CHAIN_BYTES});
    sha256_add(&s, bytes);
    struct sha256_digest d = sha256_end(&s);
    memcpy(c->last, d.bytes, CHAIN_BYTES);
}
