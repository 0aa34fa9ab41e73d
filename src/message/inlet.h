/* Standard input as lines, without the loop ever waiting for it: a terminal, a pipe or a plain file. */
#pragma once

#include "base/buf.h"
#include "io/loop.h"

/* A longer line is passed on in pieces. */
#define INLET_LINE_MAX ((size_t)64 * 1024)

enum inlet_state {
    INLET_UNUSED,
    INLET_READING, /* on_input() is called when there is something to take */
    INLET_HELD,    /* nothing is read until inlet_resume() */
    INLET_ENDED,   /* no more will come; what is left may still be taken */
};

struct inlet {
    struct loop *loop;
    int fd;
    enum inlet_state state;
    enum { INLET_READY_WHEN_POLLED, INLET_ALWAYS_READY } kind;
    bool watched, told_long;
    int error; /* the errno that ended it, 0 for the end of the file */
    struct watch watch;
    struct task turn;
    struct buf held;
    void (*on_input)(struct inlet *i);
};

/* Begins held. on_input() is called for every arrival and once for the end; it takes all there is or holds.
 * The inlet does not own fd. */
void inlet_init(struct inlet *i, struct loop *l, int fd, void (*on_input)(struct inlet *i));
void inlet_free(struct inlet *i);

void inlet_hold(struct inlet *i);
/* Reads on; what was left untaken is offered again first (after the end too). */
void inlet_resume(struct inlet *i);

/* What may be passed on now: whole lines, a piece of INLET_LINE_MAX of one that is longer, or, once it ended,
 * the rest. Empty when there is none. */
struct slice inlet_lines(const struct inlet *i);
void inlet_take(struct inlet *i, size_t n);
