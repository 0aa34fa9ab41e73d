/* A byte buffer that grows at its end and is consumed at its front, up to a hard maximum. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* The first allocation holds a browser's whole request head, and malloc caches freed blocks of up to 1,032
 * bytes. */
#define FIRST_CAP 1024

void buf_free(struct buf *b)
{
    free(b->base);
    *b = buf_new(b->max);
}

void buf_free_to(struct buf *b, struct buf_pool *p)
{
    if (b->cap == FIRST_CAP && p->n < BUF_POOL_MAX)
        p->blocks[p->n++] = b->base;
    else
        free(b->base);
    *b = buf_new(b->max);
}

void buf_take_from(struct buf *b, struct buf_pool *p)
{
    if (b->base || p->n == 0 || b->max < FIRST_CAP)
        return;
    b->base = p->blocks[--p->n];
    b->cap = FIRST_CAP;
}

void buf_pool_free(struct buf_pool *p)
{
    while (p->n > 0)
        free(p->blocks[--p->n]);
}

void buf_clear(struct buf *b)
{
    b->start = b->end = 0;
    b->failed = false;
}

char *buf_reserve(struct buf *b, size_t n)
{
    size_t len = buf_len(b);
    if (n > b->max - len) {
        b->failed = true;
        return NULL;
    }
    if (n > b->cap - b->end && b->start > 0) {
        memmove(b->base, b->base + b->start, len);
        b->start = 0;
        b->end = (uint32_t)len;
    }
    if (n > b->cap - b->end) {
        size_t cap = b->cap ? b->cap : FIRST_CAP;
        while (cap < len + n)
            cap *= 2;
        if (cap > b->max)
            cap = b->max;
        char *base = realloc(b->base, cap);
        if (!base) {
            b->failed = true;
            return NULL;
        }
        b->base = base;
        b->cap = (uint32_t)cap;
    }
    return b->base + b->end;
}

void buf_consume(struct buf *b, size_t n)
{
    b->start += (uint32_t)n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void buf_cut(struct buf *b, size_t offset, size_t n)
{
    char *at = b->base + b->start + offset;
    if (n > 0)
        memmove(at, at + n, buf_len(b) - offset - n);
    b->end -= (uint32_t)n;
}

void buf_add_number(struct buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    buf_add(b, (struct slice){digits + at, sizeof digits - at});
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* + 1: vsnprintf() also writes a terminator, which the buffer does not keep. */
    char *to = n >= 0 ? buf_reserve(b, (size_t)n + 1) : NULL;
    b->failed |= n < 0;
    if (!to)
        return;
    va_start(args, format);
    vsnprintf(to, (size_t)n + 1, format, args);
    va_end(args);
    b->end += (uint32_t)n;
}
