/* How far a transfer is, on a terminal as a bar and elsewhere as a line now and then. */
#pragma once

#include "base/buf.h"

/* What the bar shows. */
struct progress_view {
    const char *name; /* went through escape() */
    uint64_t done, total;
    bool totalled;  /* total is known */
    uint64_t speed; /* bytes a second; 0 when not known yet */
    bool colour;
};

/* One line without its end, for a terminal of `width` columns: never wider than width - 1, since some
 * terminals wrap once the last column is taken. What does not fit is left out, the least important first.
 * Pure. */
void progress_render(struct buf *out, const struct progress_view *v, int width);

struct duration_text {
    char text[16];
};

/* "0:07", "12:34", "1:02:03", "over 99 h". */
struct duration_text progress_duration(uint64_t seconds);

struct progress {
    bool terminal, colour, quiet;
    bool drawn; /* the bar is on the screen, the cursor behind it */
    char name[512];
    uint64_t total;
    bool totalled;
    uint64_t speed, speed_at, speed_done; /* smoothed; when and where it was measured last */
    uint64_t draw_due, line_due;          /* clock_ms() */
};

/* For stderr, as it is now and as the environment wishes. */
void progress_init(struct progress *p, bool quiet);

/* A transfer begins: `name` went through escape(). */
void progress_begin(struct progress *p, const char *name);

/* The head of an answer is here: from `done` on, to `total` if that is known. */
void progress_set(struct progress *p, uint64_t done, uint64_t total, bool totalled);

/* Draws when it is time to; may be called as often as one likes. */
void progress_update(struct progress *p, uint64_t done);

/* Takes the bar off the screen, so that a line can be written. */
void progress_clear(struct progress *p);
