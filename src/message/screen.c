/* Escapes a stream of untrusted bytes for a terminal, piece by piece. */
#include "message/screen.h"

#include "base/text.h"

/* Characters that a terminal may get. */
#define KEEP "\n\t"

static size_t undecided(struct slice s)
{
    return s.n > 0 && s.p[s.n - 1] == '\r' ? 1 : utf8_unfinished(s);
}

/* CRLF is a line end like LF; any other CR would let a line overwrite itself. */
static void show(struct buf *out, struct slice s)
{
    while (s.n > 0) {
        const char *cr = memmem(s.p, s.n, "\r\n", 2);
        size_t n = cr ? (size_t)(cr - s.p) : s.n;
        escape_add(out, (struct slice){s.p, n}, KEEP);
        s = slice_from(s, cr ? n + 1 : n);
    }
}

void screen_add(struct screen *s, struct buf *out, struct slice text)
{
    /* Complete the held bytes one at a time, so that `text` is never copied. */
    while (s->n > 0 && text.n > 0) {
        s->held[s->n++] = text.p[0];
        text = slice_from(text, 1);
        struct slice all = {s->held, s->n};
        size_t keep = undecided(all);
        show(out, (struct slice){all.p, all.n - keep});
        memmove(s->held, s->held + s->n - keep, keep);
        s->n = keep;
    }
    if (text.n == 0)
        return;
    s->n = undecided(text);
    show(out, (struct slice){text.p, text.n - s->n});
    memcpy(s->held, text.p + text.n - s->n, s->n);
}

void screen_end(struct screen *s, struct buf *out)
{
    show(out, (struct slice){s->held, s->n});
    s->n = 0;
}
