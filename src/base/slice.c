/* A run of bytes that belongs to somebody else. */
#include "base/slice.h"

struct slice slice_trim(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s.p++, s.n--;
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

bool slice_cut(struct slice *rest, char separator, struct slice *ret_piece)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p, separator, rest->n);
    if (!end) {
        *ret_piece = *rest;
        *rest = (struct slice){rest->p + rest->n, 0};
        return true;
    }
    *ret_piece = (struct slice){rest->p, (size_t)(end - rest->p)};
    *rest = slice_from(*rest, ret_piece->n + 1);
    return true;
}

bool slice_to_u64(struct slice s, uint64_t *ret)
{
    uint64_t value = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    *ret = value;
    return true;
}
