/* Standard output that never blocks the loop: a stopped reader delays nobody else. */
#pragma once

#include "base/buf.h"
#include "io/loop.h"

/* A producer stops at OUTLET_FULL, and may add one more turn's output (see OUTLET_MAX) before it checks. */
#define OUTLET_FULL ((size_t)256 * 1024)
/* OUTLET_FULL, and the most that a turn can add: 64 KiB of which each byte becomes "\xNN", or 4 KiB of
 * empty lines with an address of 60 bytes before each. */
#define OUTLET_MAX ((size_t)1024 * 1024)

enum outlet_kind {
    OUTLET_PLAIN,  /* a file, or our own non-blocking view of a pipe or terminal: just write */
    OUTLET_SOCKET, /* a socket: non-blocking by a flag of the call */
    OUTLET_SHARED, /* it may block, and others rely on that: write little, and only if poll() agrees */
};

struct outlet {
    struct loop *loop;
    int fd;
    bool own_fd, watched;
    enum outlet_kind kind;
    int error; /* the errno of the failed write; after it nothing is kept or written */
    struct watch watch;
    struct buf waiting; /* add to it directly, then call outlet_flush() */
};

void outlet_init(struct outlet *o, struct loop *l, int fd);
/* Unwritten output is lost. */
void outlet_free(struct outlet *o);

/* Writes what it can; the rest follows when it can be written. */
void outlet_flush(struct outlet *o);

static inline bool outlet_full(const struct outlet *o)
{
    return buf_len(&o->waiting) > OUTLET_FULL;
}

/* Whether a producer that stopped may continue. */
static inline bool outlet_drained(const struct outlet *o)
{
    return buf_len(&o->waiting) <= OUTLET_FULL / 4;
}
