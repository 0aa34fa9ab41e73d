/* Compresses another source while it is read: in bounded memory, and on a worker, because it takes CPU
 * time. */
#include "content/gzip.h"

#include <stdlib.h>
#include <zlib.h>

/* How much one load() compresses: that takes a millisecond or two. */
#define STRETCH_BYTES (64 * 1024)
#define PIECE_BYTES (16 * 1024)
/* The rows of a table are similar to their neighbours: with a window of 8 KiB and a quarter of the usual
 * memory (100 KiB), listings become only a few per cent larger; a level above 4 takes twice the time for a
 * tenth of the size. */
#define LEVEL 4
#define WINDOW_BITS 13
#define GZIP_WRAPPER 16
#define MEMORY_LEVEL 7
#define STATE_BYTES (110 * 1024)

struct gzip {
    struct source source;
    struct source *of;
    z_stream deflater;
    bool ended;
    struct buf out;
    char piece[PIECE_BYTES];
};

/* Compresses `n` bytes of the piece; with Z_FINISH, also the end. */
static void add(struct gzip *g, size_t n, int flush)
{
    g->deflater.next_in = (unsigned char *)g->piece;
    g->deflater.avail_in = (unsigned)n;
    do {
        char *to = buf_reserve(&g->out, PIECE_BYTES);
        if (!to) {
            source_break_for_now(&g->source, "there was no memory to compress it");
            return;
        }
        g->deflater.next_out = (unsigned char *)to;
        g->deflater.avail_out = PIECE_BYTES;
        deflate(&g->deflater, flush);
        buf_grew(&g->out, PIECE_BYTES - g->deflater.avail_out);
    } while (g->deflater.avail_out == 0);
}

static void gzip_load(struct source *s)
{
    struct gzip *g = (struct gzip *)s;
    size_t done = 0, n;
    bool loaded = false;
    while (done < STRETCH_BYTES && !g->ended && !s->broken) {
        switch (g->of->ops->read(g->of, g->piece, sizeof g->piece, &n)) {
        case IO_OK:
            add(g, n, Z_NO_FLUSH);
            done += n;
            continue;
        case IO_EOF:
            add(g, 0, Z_FINISH);
            g->ended = true;
            continue;
        case IO_WANT_WORKER:
            if (loaded) /* Let other jobs run first. */
                return;
            g->of->ops->load(g->of);
            loaded = true;
            continue;
        case IO_WANT_READ:
        case IO_WANT_WRITE:
        case IO_FAIL:
            s->broken = g->of->broken ? g->of->broken : "it cannot be read";
            s->for_now = g->of->for_now;
            return;
        }
    }
}

static enum io gzip_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct gzip *g = (struct gzip *)s;
    return source_read_made(s, &g->out, g->ended, to, cap, ret_n);
}

static void gzip_close(struct source *s)
{
    struct gzip *g = (struct gzip *)s;
    deflateEnd(&g->deflater);
    buf_free(&g->out);
    source_close(g->of);
    free(g);
}

static const struct source_ops gzip_ops = {.read = gzip_read, .load = gzip_load, .close = gzip_close};

struct source *source_open_gzip(struct source *of)
{
    struct gzip *g = calloc(1, sizeof *g);
    if (!g || deflateInit2(&g->deflater, LEVEL, Z_DEFLATED, GZIP_WRAPPER + WINDOW_BITS, MEMORY_LEVEL,
                           Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return NULL;
    }
    g->source = *of;
    g->source.ops = &gzip_ops;
    g->source.held += sizeof *g + STATE_BYTES;
    g->of = of;
    /* Room for a stretch that cannot be compressed, and for bytes that deflate() has kept back. */
    g->out = buf_new(2 * STRETCH_BYTES + 2 * PIECE_BYTES);
    return &g->source;
}
