/* Where a file goes: a name in a folder, or something to stream to. */
#pragma once

#include "base/err.h"
#include "client/name.h"
#include "client/stop.h"

#include <stdint.h>
#include <time.h>

enum dest_kind {
    DEST_NEW,    /* nothing of that name is there */
    DEST_FILE,   /* a regular file is there */
    DEST_STREAM, /* stdout, a pipe, a device: bytes go straight to it */
};

struct dest {
    enum dest_kind kind;
    char name[NAME_SIZE]; /* what the user calls it; "-" for stdout */
    int dir;              /* the folder that it is in, which is ours to close, */
    char file[NAME_SIZE]; /* and its name there: not `name` where that is a link, which stays one */
    uint64_t size;        /* DEST_FILE */
    time_t modified;
    bool dangling; /* DEST_FILE: a link that leads nowhere */
};

/* `out` and `dir` as -o and -d gave them (NULL: not given), `last` and `shown` as the remote has
 * them. */
enum status dest_open(struct dest *t, const char *out, const char *dir, const char *last, const char *shown,
                      struct err *e);

/* Looks again at what is there now. */
enum status dest_look(struct dest *t, struct err *e);

/* DEST_STREAM: a descriptor to write to, which the caller owns. May wait for a FIFO's reader, or until
 * stopped. */
enum status dest_open_stream(const struct dest *t, struct stop *stop, int *ret_fd, struct err *e);

void dest_close(struct dest *t);
