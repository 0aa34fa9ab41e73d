/* The target of a download: a file in a folder, or a stream. */
#pragma once

#include "base/err.h"
#include "client/name.h"
#include "client/stop.h"

#include <stdint.h>
#include <time.h>

enum dest_kind {
    DEST_NEW,    /* nothing has that name */
    DEST_FILE,   /* a regular file has that name */
    DEST_STREAM, /* stdout, a pipe or a device: bytes are written to it directly */
};

struct dest {
    enum dest_kind kind;
    char name[NAME_SIZE]; /* as the user calls it; "-" for stdout */
    int dir;              /* the folder of the target, which this struct owns, */
    char file[NAME_SIZE]; /* and its name there, which is not `name` if that is a symbolic link */
    uint64_t size;        /* DEST_FILE */
    time_t modified;
    bool dangling; /* DEST_FILE: a symbolic link that leads nowhere */
};

/* `out` and `dir` are the values of -o and -d (NULL: not given), `last` and `shown` are those of the
 * remote. */
enum status dest_open(struct dest *t, const char *out, const char *dir, const char *last, const char *shown,
                      struct err *e);

/* Checks again what has that name now. */
enum status dest_look(struct dest *t, struct err *e);

/* DEST_STREAM: opens it for writing, or duplicates `out` if the name is "-"; the caller owns the descriptor.
 * May wait for a FIFO's reader, or until stopped. */
enum status dest_open_stream(const struct dest *t, int out, struct stop *stop, int *ret_fd, struct err *e);

void dest_close(struct dest *t);
