/* The last MiB that was said, kept once for everybody: a hearer's queue is no more than how far it has come.
 */
#pragma once

#include "base/slice.h"

/* What a hearer may be behind. A hundred stalled hearers cost this once, not a hundred times. */
#define TAPE_BYTES ((size_t)1 << 20)

struct tape {
    char *bytes;
    uint64_t end; /* of all that was ever added */
};

/* False when memory ran out. */
bool tape_init(struct tape *t);
void tape_free(struct tape *t);

/* At most TAPE_BYTES. Writes over the oldest: the caller has seen to it that nobody still wants that. */
void tape_add(struct tape *t, struct slice s);

/* What was added from `at` on, as far as it lies in one piece; empty at the end. `at` may be TAPE_BYTES
 * behind the end, and no more. */
struct slice tape_read(const struct tape *t, uint64_t at);
