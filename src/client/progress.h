/* Shows the progress of a transfer: a bar on a terminal, otherwise a line from time to time. */
#pragma once

#include "base/buf.h"

/* The state that the bar shows. */
struct progress_view {
    const char *name; /* escaped by escape() */
    uint64_t done, total;
    bool totalled;  /* `total` is known */
    uint64_t speed; /* bytes a second; 0 if not known yet */
    bool colour;
};

/* One line without a line end, for a terminal of `width` columns: at most width - 1, because some terminals
 * wrap after the last column. If it does not fit, the least important pieces are left out. Pure. */
void progress_render(struct buf *out, const struct progress_view *v, int width);

struct duration_text {
    char text[16];
};

/* "0:07", "12:34", "1:02:03", "over 99 h". */
struct duration_text progress_duration(uint64_t seconds);

struct progress {
    int fd; /* a terminal, for the bar; -1: messages instead of a bar */
    bool colour, quiet;
    bool drawn; /* the bar is on the screen, the cursor after it */
    char name[512];
    uint64_t total;
    bool totalled;
    uint64_t speed, speed_at, speed_done; /* smoothed speed; time and place of the last measurement */
    uint64_t draw_due, line_due;          /* clock_ms() */
    _Atomic uint64_t *watch;              /* gets what is done, for a total of several; NULL: nobody asks */
};

/* A transfer begins; `name` went through escape(). The caller has set fd, colour and quiet. */
void progress_begin(struct progress *p, const char *name);

/* The head of an answer came: the transfer begins at `done` and ends at `total`, if that is known. */
void progress_set(struct progress *p, uint64_t done, uint64_t total, bool totalled);

/* The same transfer has another name from now on: one with a count in it, for example. */
void progress_rename(struct progress *p, const char *name);

/* Draws if it is time; may be called as often as you like. */
void progress_update(struct progress *p, uint64_t done);

/* Removes the bar, so that a line can be printed. */
void progress_clear(struct progress *p);
