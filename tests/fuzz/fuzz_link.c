/* The Link field: a target is a part of the field, between its brackets. */
#include "fuzz.h"

#include "http/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice field = fuzz_input(data, size), target;
    if (link_find(field, SLICE("describedby"), SLICE("application/metalink4+xml"), &target)) {
        MUST(target.p > field.p && target.p + target.n < field.p + field.n);
        MUST(target.p[-1] == '<' && target.p[target.n] == '>');
    }
    return 0;
}
