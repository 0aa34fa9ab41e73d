/* The last MiB that was said, kept once for all: a hearer's queue is only its place on the tape. */
#pragma once

#include "base/slice.h"

/* How far a hearer may be behind. A hundred stalled hearers cost this memory once. */
#define TAPE_BYTES ((size_t)1 << 20)

struct tape {
    char *bytes;
    uint64_t end; /* bytes ever added */
};

/* False if memory ran out. */
bool tape_init(struct tape *t);
void tape_free(struct tape *t);

/* At most TAPE_BYTES. Overwrites the oldest bytes: the caller makes sure that nobody needs them. */
void tape_add(struct tape *t, struct slice s);

/* The bytes from `at` on, as far as they are in one piece; empty at the end. `at` must be within TAPE_BYTES
 * of the end. */
struct slice tape_read(const struct tape *t, uint64_t at);
