/* What a client speaks: once it is known, no further byte changes it. */
#include "fuzz.h"

#include "http/request.h"
#include "server/dialect.h"

static void must_be_one_line(struct slice name, struct slice in)
{
    MUST(name.n <= in.n && (name.n == 0 || name.p == in.p));
    MUST(name.n == 0 || !memchr(name.p, '\n', name.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size), name = {NULL, 0};
    enum dialect known = DIALECT_UNKNOWN;
    size_t step = size < 512 ? 1 : size / 256;
    for (size_t n = 0; n <= size; n += step) {
        struct slice first = {in.p, n};
        enum dialect now = dialect_detect(first, false);
        MUST(dialect_detect(first, true) != DIALECT_UNKNOWN);
        MUST(now == DIALECT_UNKNOWN || dialect_detect(first, true) == now);
        MUST(now != DIALECT_UNKNOWN || n < REQUEST_LINE_MAX + 2); /* it is not waited for without end */
        if (known != DIALECT_UNKNOWN)
            MUST(now == known);
        if (known == DIALECT_PLAIN && n < REQUEST_LINE_MAX)
            MUST(slice_eq(dialect_plain_name(first), name));
        known = now;
        name = dialect_plain_name(first);
        must_be_one_line(name, first);
    }
    return 0;
}
