/* Standard input as lines, without blocking the loop: a terminal, a pipe or a plain file. */
#pragma once

#include "base/buf.h"
#include "io/loop.h"

/* A longer line is passed on in pieces. */
#define INLET_LINE_MAX ((size_t)64 * 1024)

enum inlet_state {
    INLET_UNUSED,
    INLET_READING, /* on_input() is called when there are lines */
    INLET_HELD,    /* nothing is read until inlet_resume() */
    INLET_ENDED,   /* the end was reached; lines may be left */
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

/* Starts in the state INLET_HELD. on_input() is called after each read and once at the end; it must take
 * all lines or hold. fd still belongs to the caller. */
void inlet_init(struct inlet *i, struct loop *l, int fd, void (*on_input)(struct inlet *i));
void inlet_free(struct inlet *i);

void inlet_hold(struct inlet *i);
/* Reads on; lines that were not taken are offered again first (also after the end). */
void inlet_resume(struct inlet *i);

/* What can be passed on now: whole lines, a piece of INLET_LINE_MAX of a longer one, or, after the end, the
 * rest. Empty if there is nothing. */
struct slice inlet_lines(const struct inlet *i);
void inlet_take(struct inlet *i, size_t n);
