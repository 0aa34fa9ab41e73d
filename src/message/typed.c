/* Cuts what a client types into lines. */
#include "message/typed.h"

#include "base/text.h"

static void show(struct buf *line, const char *name, struct buf *out)
{
    struct slice s = buf_slice(line);
    size_t used = s.n;
    if (s.n > 0 && s.p[s.n - 1] == '\n')
        s.n--;
    if (s.n > 0 && s.p[s.n - 1] == '\r')
        s.n--;
    buf_add(out, slice_of(name));
    buf_add(out, SLICE(": "));
    escape_add(out, s, "\t");
    buf_add(out, SLICE("\n"));
    buf_consume(line, used);
}

void typed_add(struct buf *line, struct slice came, const char *name, struct buf *out)
{
    while (came.n > 0 && !line->failed) {
        const char *newline = memchr(came.p, '\n', came.n);
        size_t n = newline ? (size_t)(newline - came.p) + 1 : came.n, room = buf_space(line);
        bool whole = newline && n <= room;
        n = n < room ? n : room;
        buf_add(line, (struct slice){came.p, n});
        came = slice_from(came, n);
        if (whole || buf_space(line) == 0)
            show(line, name, out);
    }
    if (buf_len(line) == 0 || line->failed)
        buf_free(line); /* Thousands of clients may be silent between two lines. */
}

void typed_end(struct buf *line, const char *name, struct buf *out)
{
    if (buf_len(line) > 0)
        show(line, name, out);
    buf_free(line);
}
