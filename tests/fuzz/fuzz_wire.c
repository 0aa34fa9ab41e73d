/* The dialect of a client: once it is recognised, further bytes do not change it. */
#include "fuzz.h"

#include "http/request.h"
#include "wire/wire.h"

static void must_be_one_line(struct slice name, struct slice in)
{
    MUST(name.n <= in.n && (name.n == 0 || name.p == in.p));
    MUST(name.n == 0 || !memchr(name.p, '\n', name.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size), name = {NULL, 0};
    const struct wire *known = NULL;
    size_t step = size < 512 ? 1 : size / 256;
    for (size_t n = 0; n <= size; n += step) {
        struct slice first = {in.p, n};
        const struct wire *now = wire_recognise(wires, first, false);
        MUST(wire_recognise(wires, first, true) != NULL);
        MUST(now == NULL || wire_recognise(wires, first, true) == now);
        MUST(now != NULL || n < REQUEST_LINE_MAX + 2); /* it is not waited for without end */
        if (known != NULL)
            MUST(now == known);
        if (known == &wire_plain && n < REQUEST_LINE_MAX)
            MUST(slice_eq(wire_plain.words(NULL, first).request, name));
        known = now;
        name = wire_plain.words(NULL, first).request;
        must_be_one_line(name, first);
    }
    return 0;
}
