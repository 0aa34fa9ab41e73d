/* A chain of digests: each is the digest of the previous one and of some bytes, so that the last one stands
 * for everything added, in its order. */
#pragma once

#include "base/slice.h"

#define CHAIN_BYTES 32

struct chain {
    unsigned char last[CHAIN_BYTES];
};

void chain_add(struct chain *c, struct slice bytes);
