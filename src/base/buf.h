/* Bytes that grow at the end and are consumed at the front, never past a hard maximum. */
#pragma once

#include "base/slice.h"

#include <stdarg.h>

struct buf {
    char *base;
    size_t start, end; /* what is held: base[start..end) */
    size_t cap, max;
    bool failed; /* something did not fit or memory ran out; sticky, so that a writer checks once, at the end
                  */
};

/* Memory that empty buffers left, for those that fill next: it is still in the processor's cache, and a batch
 * of requests needs more blocks at once than malloc keeps at hand (7 of a size). */
#define BUF_POOL_MAX 32
struct buf_pool {
    unsigned n;
    char *blocks[BUF_POOL_MAX];
};

/* Holds no memory until the first byte is added. */
static inline struct buf buf_new(size_t max)
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

/* How many more bytes it may come to hold. */
static inline size_t buf_space(const struct buf *b)
{
    return b->max - buf_len(b);
}

/* Gives the memory back; the buffer may be used again. */
void buf_free(struct buf *b);
/* The same, by way of a pool; NULL-initialized, it is empty. */
void buf_free_to(struct buf *b, struct buf_pool *p);
/* Gives a buffer that holds no memory some of the pool's, if there is any. */
void buf_take_from(struct buf *b, struct buf_pool *p);
void buf_pool_free(struct buf_pool *p);
/* Nothing is held and nothing has failed; the memory stays for what comes next. */
void buf_clear(struct buf *b);

/* Room for at least n bytes at the end, to be filled by the caller and then claimed by buf_grew(). NULL when
 * that would pass the maximum or memory ran out (then `failed` is set). */
char *buf_reserve(struct buf *b, size_t n);

/* What buf_reserve() made room for and more may be there: the bytes that can be written at the end now. */
static inline size_t buf_tail(const struct buf *b)
{
    return b->cap - b->end;
}

static inline void buf_grew(struct buf *b, size_t n)
{
    b->end += n;
}

void buf_consume(struct buf *b, size_t n);
/* Takes n bytes out of the middle, `offset` behind the front. */
void buf_cut(struct buf *b, size_t offset, size_t n);

/* Inline: a head is two dozen of these, most of them of a known length, and so a few moves each. */
static inline void buf_add(struct buf *b, struct slice s)
{
    if (s.n == 0)
        return;
    char *to = s.n <= buf_tail(b) ? b->base + b->end : buf_reserve(b, s.n);
    if (!to)
        return;
    memcpy(to, s.p, s.n);
    b->end += s.n;
}

/* In decimal digits. */
void buf_add_number(struct buf *b, uint64_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
