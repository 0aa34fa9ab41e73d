/* A list of SOURCEs, a line each, read as it comes: it may be a pipe that somebody still writes. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "client/stop.h"

/* What a command line's argument may have at most (MAX_ARG_STRLEN). */
#define LIST_LINE_MAX ((size_t)128 * 1024)

struct list_file {
    int fd;
    const char *name;
    struct stop *stop;
    bool ended;
    struct buf held; /* what was read and not given */
    size_t given;    /* how much of that the last line was */
};

/* "-" is the standard input. STATUS_DONE, or fills *e. */
enum status list_file_open(struct list_file *l, const char *name, struct stop *stop, struct err *e);
void list_file_close(struct list_file *l);

/* The next line that is neither empty nor begins with '#', until the next call. NULL at the end or once a
 * signal came, with STATUS_DONE in e->status; or when it cannot be read, or is no list, with *e filled. */
const char *list_file_next(struct list_file *l, struct err *e);
