/* Names of a request for several files: no accepted name leads out of a folder, and together they are the
 * body. */
#include "fuzz.h"

#include "http/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size), rest = in, name, part;
    size_t total = 0;
    names_is_type(in);
    if (!names_ok(in))
        return 0;
    while (slice_cut(&rest, '\0', &name)) {
        MUST(name.n > 0 && name.n <= NAMES_NAME_MAX && name.p[0] != '/' && !memchr(name.p, '\0', name.n));
        total += name.n + 1;
        while (slice_cut(&name, '/', &part))
            MUST(part.n > 0 && !slice_eq(part, SLICE(".")) && !slice_eq(part, SLICE("..")));
    }
    MUST(total == in.n);
    return 0;
}
