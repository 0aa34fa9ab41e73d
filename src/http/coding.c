/* Content codings: which one of those that we may have ready a client prefers. */
#include "http/coding.h"

#include "http/accept.h"

static const struct {
    const char *name;
    struct slice suffix;
} codings[CODING_COUNT] = {
    [CODING_IDENTITY] = {"identity", SLICE("")},
    [CODING_BR] = {"br", SLICE(".br")},
    [CODING_ZSTD] = {"zstd", SLICE(".zst")},
    [CODING_GZIP] = {"gzip", SLICE(".gz")},
};

struct coding_order coding_order_of(struct slice accept_encoding)
{
    struct coding_order order;
    int quality[CODING_COUNT];
    bool wanted[CODING_COUNT];
    size_t n = 0;
    for (size_t i = 0; i < CODING_COUNT; i++)
        quality[i] = accept_coding_quality(accept_encoding, slice_of(codings[i].name));
    /* Among equals the smaller one comes first. */
    for (size_t i = CODING_IDENTITY + 1; i < CODING_COUNT; i++) {
        wanted[i] = quality[i] > 0 && quality[i] >= quality[CODING_IDENTITY];
        size_t at = n;
        if (!wanted[i])
            continue;
        for (; at > 0 && quality[order.at[at - 1]] < quality[i]; at--)
            order.at[at] = order.at[at - 1];
        order.at[at] = (enum coding)i;
        n++;
    }
    order.at[n++] = CODING_IDENTITY;
    for (size_t i = CODING_IDENTITY + 1; i < CODING_COUNT; i++)
        if (!wanted[i])
            order.at[n++] = (enum coding)i;
    return order;
}

const char *coding_name(enum coding c)
{
    return codings[c].name;
}

struct slice coding_suffix(enum coding c)
{
    return codings[c].suffix;
}

bool coding_is_in_name(struct slice name)
{
    for (size_t i = CODING_IDENTITY + 1; i < CODING_COUNT; i++) {
        struct slice suffix = codings[i].suffix;
        if (name.n >= suffix.n && slice_eq_nocase(slice_from(name, name.n - suffix.n), suffix))
            return true;
    }
    return false;
}
