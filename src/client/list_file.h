/* Reads a list of SOURCEs, one a line, as it comes: it may be a pipe that is still being written. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "client/stop.h"

/* The longest argument of a command line (MAX_ARG_STRLEN). */
#define LIST_LINE_MAX ((size_t)128 * 1024)

struct list_file {
    int fd;
    bool ours; /* and ours to close */
    const char *name;
    struct stop *stop;
    bool ended;
    struct buf held; /* bytes that were read and are not consumed */
    size_t given;    /* length of the line returned last */
};

/* Opens `name`; or reads from fd, which stays the caller's, unless fd is -1. Returns STATUS_DONE, or fills
 * *e. */
enum status list_file_open(struct list_file *l, const char *name, int fd, struct stop *stop, struct err *e);
void list_file_close(struct list_file *l);

/* The next line that is not empty and does not begin with '#'; valid until the next call. NULL at the end
 * or after a stop, with STATUS_DONE in e->status; or NULL with *e filled if it cannot be read or is not a
 * list. */
const char *list_file_next(struct list_file *l, struct err *e);
