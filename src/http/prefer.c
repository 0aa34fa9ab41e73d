/* The Prefer field (RFC 7240). */
#include "http/prefer.h"

#include <limits.h>

static struct slice without_quotes(struct slice s)
{
    bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    return quoted ? (struct slice){s.p + 1, s.n - 2} : s;
}

unsigned prefer_wait(struct slice field)
{
    struct slice preference, name, value;
    uint64_t seconds;
    while (slice_cut(&field, ',', &preference)) {
        if (!slice_cut(&preference, ';', &value) || !slice_cut(&value, '=', &name) ||
            !slice_eq_nocase(slice_trim(name), SLICE("wait")))
            continue;
        if (!slice_to_u64(without_quotes(slice_trim(value)), &seconds))
            return 0;
        return seconds < UINT_MAX ? (unsigned)seconds : UINT_MAX;
    }
    return 0;
}
