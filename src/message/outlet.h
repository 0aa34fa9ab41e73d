/* Standard output that never makes the loop wait: a reader that has stopped holds up nobody but itself. */
#pragma once

#include "base/buf.h"
#include "io/loop.h"

/* A producer stops at OUTLET_FULL and may add one more turn's worth (see OUTLET_MAX) before it looks. */
#define OUTLET_FULL ((size_t)256 * 1024)
/* OUTLET_FULL, and what a turn may add at worst: 64 KiB of which each byte becomes "\xNN", or 4 KiB of empty
 * lines with an address of 60 bytes in front of each. */
#define OUTLET_MAX ((size_t)1024 * 1024)

enum outlet_kind {
    OUTLET_PLAIN,  /* a file or our own non-blocking view of a pipe or terminal: just write */
    OUTLET_SOCKET, /* the call itself says not to wait */
    OUTLET_SHARED, /* may wait, and others rely on that: only a little, and only once poll() agrees */
};

struct outlet {
    struct loop *loop;
    int fd;
    bool own_fd, watched;
    enum outlet_kind kind;
    int error; /* the errno of the write that failed; then nothing more is kept or written */
    struct watch watch;
    struct buf waiting; /* added to directly, then outlet_flush() */
};

void outlet_init(struct outlet *o, struct loop *l, int fd);
/* What still waits is lost. */
void outlet_free(struct outlet *o);

/* Writes what it can; the rest follows by itself. */
void outlet_flush(struct outlet *o);

static inline bool outlet_full(const struct outlet *o)
{
    return buf_len(&o->waiting) > OUTLET_FULL;
}

/* Enough has gone for a producer that stopped to go on. */
static inline bool outlet_drained(const struct outlet *o)
{
    return buf_len(&o->waiting) <= OUTLET_FULL / 4;
}
