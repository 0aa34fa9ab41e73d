/* Where a file goes: a name in a folder, or something to stream to. */
#pragma once

#include "base/err.h"
#include "client/name.h"
#include "client/stop.h"

#include <stdint.h>
#include <time.h>

enum target_kind {
    TARGET_NEW,    /* nothing of that name is there */
    TARGET_FILE,   /* a regular file is there */
    TARGET_STREAM, /* stdout, a pipe, a device: bytes go straight to it */
};

struct target {
    enum target_kind kind;
    int dir;              /* the folder; ours */
    char name[NAME_SIZE]; /* in it; "-" for stdout */
    uint64_t size;        /* TARGET_FILE */
    time_t modified;
    bool dangling; /* TARGET_FILE: a link that leads nowhere */
};

/* `out` and `dir` as -o and -d gave them (NULL: not given), `last` and `shown` as the remote has
 * them. */
enum status target_open(struct target *t, const char *out, const char *dir, const char *last,
                        const char *shown, struct err *e);

/* Looks again at what is there now. */
enum status target_look(struct target *t, struct err *e);

/* TARGET_STREAM: a descriptor to write to, which the caller owns. May wait for a FIFO's reader, or until
 * stopped. */
enum status target_open_stream(const struct target *t, struct stop *stop, int *ret_fd, struct err *e);

void target_close(struct target *t);
