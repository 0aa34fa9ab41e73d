/* One answer as a line of the access log: struct -> text, in formats that log readers know. */
#pragma once

#include "base/buf.h"

#include <netinet/in.h>

enum access_format {
    ACCESS_COMBINED, /* exactly Apache's and nginx's format, which goaccess and awstats read without
                        configuration */
    ACCESS_JSON,     /* an object a line */
    ACCESS_SHORT,    /* for the person at the terminal: at most one line there */
};

/* The longest request, Referer and User-Agent in a line; the rest is "...". A name of 255 bytes in a script
 * of three bytes a letter has 765 as %XX, so a path of a few such folders fits. */
#define ACCESS_TEXT_MAX 2048

struct access {
    struct in6_addr client; /* IPv4 as ::ffff:a.b.c.d; all zeros if it is unknown */
    const char *dialect;    /* its name */
    bool is_name;           /* `request` is a bare name, not a request line */
    int status;             /* the status; in the plain dialect, the one that HTTP would have had */
    bool cut;               /* the client does not have all of it */
    uint64_t began_ms;      /* of the request's first byte, since 1970 */
    uint64_t took_ms;       /* until the kernel had the answer's last byte */
    uint64_t body_sent;     /* bytes that the kernel took, without the head, with the framing of chunks */
    /* Unchecked bytes, as they came. */
    struct slice request; /* HTTP's request line, or a plain client's name */
    struct slice referer, user_agent;
};

/* Adds the line with its newline; a short one has at most `columns`. No byte from outside can end the line
 * or a field in it, or reach a terminal as anything but text. */
void access_line_add(struct buf *out, enum access_format format, int columns, const struct access *a);
