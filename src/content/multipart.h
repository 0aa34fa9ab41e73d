/* Several pieces of another source as one source, with text before each: multipart/byteranges. */
#pragma once

#include "content/source.h"

#define MULTIPART_MAX 64

struct piece {
    uint64_t off, len; /* of the whole source */
    struct slice head; /* the text before it; copied */
};

/* `whole` must have a known length; it remains the caller's, must outlive the result, and its position is
 * changed. The pieces come in the given order, then `tail` (copied). `type` is copied. NULL if memory ran
 * out. */
struct source *source_open_multipart(struct source *whole, const struct piece *pieces, size_t n,
                                     struct slice tail, const char *type);
