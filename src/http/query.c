/* The query of a target, in the format of forms. */
#include "http/query.h"

#include "http/url.h"

static void plus_to_space(char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] == '+')
            s[i] = ' ';
}

bool query_get(struct slice query, struct slice name, char *to, size_t cap, struct slice *ret)
{
    struct slice pair, key;
    while (slice_cut(&query, '&', &pair)) {
        struct slice value = pair;
        if (!slice_cut(&value, '=', &key) || !slice_eq(key, name))
            continue;
        /* Replace '+' before decoding, so that "%2B" stays a plus. Every value that is used is shorter: the
         * longest is a name with each byte as %XX. */
        char raw[1024];
        if (value.n > sizeof raw)
            return false;
        if (value.n > 0)
            memcpy(raw, value.p, value.n);
        plus_to_space(raw, value.n);
        if (!url_decode((struct slice){raw, value.n}, to, cap, &ret->n))
            return false;
        ret->p = to;
        return true;
    }
    return false;
}
