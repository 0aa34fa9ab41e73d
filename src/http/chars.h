/* What the words and lines of a message are made of: each byte's classes in one table. */
#pragma once

#include "base/slice.h"

enum {
    CHAR_TEXT = 1,   /* of a line: everything but control characters other than a tab */
    CHAR_TARGET = 2, /* of a request target (url_split_target) */
    CHAR_TOKEN = 4,  /* of a token, which names are in HTTP (RFC 9110 5.6.2) */
    CHAR_HOST = 8,   /* of a host's name: unreserved and sub-delims (RFC 3986 3.2.2), escapes aside */
};

extern const unsigned char char_classes[256];

static inline bool char_is(char c, unsigned char class)
{
    return char_classes[(unsigned char)c] & class;
}

/* Whether each byte of s is of this one class; so it is when there is none. */
static inline bool chars_are(struct slice s, unsigned char class)
{
    unsigned char all = class;
/* A quarter of the instructions that the lines of a request take. */
#pragma GCC unroll 8
    for (size_t i = 0; i < s.n; i++)
        all &= char_classes[(unsigned char)s.p[i]];
    return all != 0;
}

static inline bool token_ok(struct slice s)
{
    return s.n > 0 && chars_are(s, CHAR_TOKEN);
}
