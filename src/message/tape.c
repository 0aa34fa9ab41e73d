/* The last MiB that was said: a ring, addressed by the number of bytes added before. */
#include "message/tape.h"

#include <assert.h>
#include <stdlib.h>

bool tape_init(struct tape *t)
{
    *t = (struct tape){.bytes = malloc(TAPE_BYTES)};
    return t->bytes != NULL;
}

void tape_free(struct tape *t)
{
    free(t->bytes);
    t->bytes = NULL;
}

void tape_add(struct tape *t, struct slice s)
{
    assert(s.n <= TAPE_BYTES);
    while (s.n > 0) {
        size_t at = (size_t)(t->end % TAPE_BYTES);
        size_t n = s.n < TAPE_BYTES - at ? s.n : TAPE_BYTES - at;
        memcpy(t->bytes + at, s.p, n);
        t->end += n;
        s = slice_from(s, n);
    }
}

struct slice tape_read(const struct tape *t, uint64_t at)
{
    assert(at <= t->end && t->end - at <= TAPE_BYTES);
    size_t from = (size_t)(at % TAPE_BYTES), n = (size_t)(t->end - at);
    return (struct slice){t->bytes + from, n < TAPE_BYTES - from ? n : TAPE_BYTES - from};
}
