/* One answer as one line of the access log: struct -> text, in the forms that log readers know. */
#pragma once

#include "base/buf.h"

#include <netinet/in.h>

enum access_format {
    ACCESS_COMBINED, /* Apache's and nginx's, to the letter: what goaccess and awstats read by themselves */
    ACCESS_JSON,     /* an object a line */
    ACCESS_SHORT,    /* for the person at the terminal: no longer than a line there */
};

/* The longest request, Referer and User-Agent that a line holds, as they came; the rest is "...". A name of
 * 255 bytes in a script of three bytes a letter has 765 as %XX, and so a few such folders fit. */
#define ACCESS_TEXT_MAX 2048

struct access {
    struct in6_addr client; /* IPv4 as ::ffff:a.b.c.d; all zero when nobody knows */
    const char *dialect;    /* its name */
    bool is_name;           /* `request` is a bare name, and no request line */
    int status;             /* what was answered, or would have been, had the plain dialect a word for it */
    bool cut;               /* the client does not have all of it */
    uint64_t began_ms;      /* of the request's first byte, since 1970 */
    uint64_t took_ms;       /* until the kernel had the answer's last byte */
    uint64_t body_sent;     /* bytes that the kernel took, without the head, and with the framing of chunks */
    /* As they came: nobody vouches for any byte. */
    struct slice request; /* HTTP's request line, a plain client's name */
    struct slice referer, user_agent;
};

/* Adds the line with its newline; a short one has at most `columns`. No byte from outside can end the line or
 * a field in it, or reach a terminal as anything but text. */
void access_line_add(struct buf *out, enum access_format format, int columns, const struct access *a);
