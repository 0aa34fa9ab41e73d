/* A byte buffer that grows at its end and is consumed at its front, up to a hard maximum. */
#pragma once

#include "base/slice.h"

#include <stdarg.h>

struct buf {
    char *base;
    uint32_t start, end; /* the content is base[start..end) */
    uint32_t cap, max;
    bool failed; /* something did not fit or memory ran out; stays set, so that a writer checks once, at the
                    end */
};

/* Memory of emptied buffers, kept for the next ones: it is still in the processor's cache, and a batch of
 * requests needs more blocks than malloc caches (7 of a size). */
#define BUF_POOL_MAX 32
struct buf_pool {
    unsigned n;
    char *blocks[BUF_POOL_MAX];
};

/* The buffer allocates nothing until the first byte is added. `max` is below 4 GiB: every connection has a
 * buffer, and offsets of four bytes make it a third smaller. */
static inline struct buf buf_new(uint32_t max)
{
    return (struct buf){.max = max};
}

static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->base ? b->base + b->start : "", b->end - b->start};
}

static inline size_t buf_len(const struct buf *b)
{
    return b->end - b->start;
}

/* How many more bytes the maximum allows. */
static inline size_t buf_space(const struct buf *b)
{
    return b->max - buf_len(b);
}

/* Frees the memory; the buffer may be used again. */
void buf_free(struct buf *b);
/* The same, but the memory goes into a pool. A pool that is all zeros is empty. */
void buf_free_to(struct buf *b, struct buf_pool *p);
/* Gives a block of the pool, if there is one, to a buffer that holds no memory. */
void buf_take_from(struct buf *b, struct buf_pool *p);
void buf_pool_free(struct buf_pool *p);
/* Empties the buffer and clears `failed`, and keeps the memory. */
void buf_clear(struct buf *b);

/* Makes room for at least n bytes at the end. The caller writes them and then calls buf_grew(). NULL if
 * that would pass the maximum or memory ran out; `failed` is set then. */
char *buf_reserve(struct buf *b, size_t n);

/* How many bytes can be written at the end without an allocation: what buf_reserve() made room for, or
 * more. */
static inline size_t buf_tail(const struct buf *b)
{
    return b->cap - b->end;
}

static inline void buf_grew(struct buf *b, size_t n)
{
    b->end += (uint32_t)n;
}

void buf_consume(struct buf *b, size_t n);
/* Removes n bytes in the middle, starting `offset` bytes after the front. */
void buf_cut(struct buf *b, size_t offset, size_t n);

/* Inline: a response head is two dozen of these calls, mostly with a length known at compile time, so that
 * each becomes a few moves. */
static inline void buf_add(struct buf *b, struct slice s)
{
    if (s.n == 0)
        return;
    char *to = s.n <= buf_tail(b) ? b->base + b->end : buf_reserve(b, s.n);
    if (!to)
        return;
    memcpy(to, s.p, s.n);
    b->end += (uint32_t)s.n;
}

/* Adds n in decimal digits. */
void buf_add_number(struct buf *b, uint64_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
