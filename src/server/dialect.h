/* What does this client speak? The first bytes tell. */
#pragma once

#include "base/slice.h"

/* The longest name that the plain dialect takes. */
#define PLAIN_NAME_MAX 1024

enum dialect {
    DIALECT_UNKNOWN, /* more bytes, or the knowledge that no more come, are needed */
    DIALECT_PLAIN,   /* a bare file name, and all of it is there */
    DIALECT_HTTP,
    DIALECT_TLS,
};

/* `first` is all that has come so far; no_more says that the client has gone quiet or has ended. A line that
 * begins with a known method and a space, or whose last word begins with "HTTP/", is HTTP however wrong the
 * rest is. */
enum dialect dialect_detect(struct slice first, bool no_more);

/* The name in what was found to be plain: up to LF or CRLF, or all of it. */
struct slice dialect_plain_name(struct slice first);
