/* SOURCE on the command line: which server, and which of its files. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define REMOTE_PORT 6767
/* What the plain dialect takes at most. */
#define REMOTE_PLAIN_NAME_MAX 1024

enum scheme {
    SCHEME_HTTP, /* and HTTPS */
    SCHEME_PLAIN,
};

/* What SOURCE says itself that its NAME stands for. */
enum named {
    NAMED_FILE,
    NAMED_FOLDER, /* it is empty or ends in a slash, and no query is behind it */
    NAMED_NOTHING /* there is a HOST alone */
};

struct remote {
    enum scheme scheme;
    char *url;   /* SCHEME_HTTP: what to ask for */
    char *shown; /* the same without user and password: for messages and for what is kept on the disk */
    char *last;  /* the last part of NAME as bytes, nobody has looked at it yet; "" for a folder */
    enum named named;
    bool literal; /* NAME was taken literally: it is no URL */
    char *host;   /* SCHEME_PLAIN from here on */
    char *name;
    uint16_t port;
};

/* `text` without what may be a name and a password in it, for showing what cannot be read: all up to the last
 * @ is left out, as nobody knows where a password ends that should have been encoded. To be freed; NULL when
 * memory ran out. */
char *remote_masked(const char *text);

/* STATUS_DONE, and *ret is to be freed; or fills *e. */
enum status remote_parse(const char *text, struct remote *ret, struct err *e);
void remote_free(struct remote *r);
