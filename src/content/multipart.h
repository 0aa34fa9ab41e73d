/* Several pieces of another source, each with some text in front, as one source: multipart/byteranges. */
#pragma once

#include "content/source.h"

#define MULTIPART_MAX 64

struct piece {
    uint64_t off, len; /* of the whole source */
    struct slice head; /* what stands in front of it; copied */
};

/* `whole` must have a known length, stays the caller's, and must outlive the result; its position is moved.
 * The pieces come in the order given, then `tail` (copied). `type` is copied. NULL when memory ran out. */
struct source *source_open_multipart(struct source *whole, const struct piece *pieces, size_t n,
                                     struct slice tail, const char *type);
