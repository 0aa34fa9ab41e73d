/* A run of bytes that belongs to somebody else. It is not terminated and may hold any byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p;
    size_t n;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline struct slice slice_from(struct slice s, size_t offset)
{
    if (offset < s.n)
        return (struct slice){s.p + offset, s.n - offset};
    /* NULL + 0 is undefined, and the pointer of an empty slice may be NULL. */
    return (struct slice){s.n > 0 ? s.p + s.n : s.p, 0};
}

/* ASCII only, independent of the locale: in a Turkish one, 'I' becomes another letter. */
static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool slice_eq_nocase(struct slice a, struct slice b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

/* Removes spaces and tabs at both ends (OWS, RFC 9110 5.6.3). */
struct slice slice_trim(struct slice s);

/* Moves the part before the first `separator` from the front of *rest to *ret_piece. False once *rest is
 * empty. */
bool slice_cut(struct slice *rest, char separator, struct slice *ret_piece);

/* Reads decimal digits and nothing else: no sign, no overflow. */
bool slice_to_u64(struct slice s, uint64_t *ret);
