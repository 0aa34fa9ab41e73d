/* SOURCE on the command line: which server, and which of its files. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define REMOTE_PORT 6767
/* The limit of the plain dialect. */
#define REMOTE_PLAIN_NAME_MAX 1024

enum scheme {
    SCHEME_HTTP, /* and HTTPS */
    SCHEME_PLAIN,
};

/* What NAME stands for, judging by SOURCE alone. */
enum named {
    NAMED_FILE,
    NAMED_FOLDER, /* it is empty or ends in a slash, and has no query */
    NAMED_NOTHING /* SOURCE is only a HOST */
};

struct remote {
    enum scheme scheme;
    char *url;   /* SCHEME_HTTP: the URL to request */
    char *shown; /* the same without user and password: for messages and for files */
    char *last;  /* the last part of NAME as unchecked bytes; "" for a folder */
    enum named named;
    bool literal; /* NAME is literal, not part of a URL */
    char *host;   /* for SCHEME_PLAIN from here on */
    char *name;
    uint16_t port;
};

/* `text` without anything that may be a name and a password, for a SOURCE that cannot be parsed: everything
 * up to the last @ is left out, since a password that is not encoded may end anywhere. The caller frees it;
 * NULL if memory ran out. */
char *remote_masked(const char *text);

/* Returns STATUS_DONE, and the caller frees *ret; or fills *e. */
enum status remote_parse(const char *text, struct remote *ret, struct err *e);
void remote_free(struct remote *r);
