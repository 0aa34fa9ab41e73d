/* A chain of digests: each is of the one before and of some bytes. So one of them stands for all that was
 * added until then, and for its order. */
#pragma once

#include "base/slice.h"

#define CHAIN_BYTES 32

struct chain {
    unsigned char last[CHAIN_BYTES];
};

void chain_add(struct chain *c, struct slice bytes);
