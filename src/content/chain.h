/* A chain of digests: each is the digest of the previous one and of some bytes, so that the last one stands
 * for everything added, in its order. */
#pragma once

#include "base/sha256.h"

#define CHAIN_BYTES SHA256_BYTES

struct chain {
    unsigned char last[CHAIN_BYTES];
};

void chain_add(struct chain *c, struct slice bytes);
