/* Sinks that discard their bytes, or keep them in memory. */
#include "content/sink.h"

static enum io discard_take(struct sink *s, struct slice bytes, size_t *ret_n)
{
    struct sink_discard *d = (struct sink_discard *)s;
    if (bytes.n > s->most - d->taken) {
        s->status = 413;
        return IO_FAIL;
    }
    d->taken += bytes.n;
    *ret_n = bytes.n;
    return IO_OK;
}

static enum io finish_nothing(struct sink *s)
{
    (void)s;
    return IO_OK;
}

static void close_nothing(struct sink *s)
{
    (void)s;
}

static const struct sink_ops discard_ops = {
    .take = discard_take, .finish = finish_nothing, .close = close_nothing};

struct sink *sink_begin_discard(struct sink_discard *d, uint64_t most)
{
    *d = (struct sink_discard){.sink = {.ops = &discard_ops, .most = most}};
    return &d->sink;
}

static enum io collect_take(struct sink *s, struct slice bytes, size_t *ret_n)
{
    struct buf *into = ((struct sink_collect *)s)->into;
    s->status = bytes.n > buf_space(into) ? 413 : 503;
    buf_add(into, bytes);
    *ret_n = bytes.n;
    return into->failed ? IO_FAIL : IO_OK;
}

static const struct sink_ops collect_ops = {
    .take = collect_take, .finish = finish_nothing, .close = close_nothing};

struct sink *sink_begin_collect(struct sink_collect *c, struct buf *into)
{
    *c = (struct sink_collect){.sink = {.ops = &collect_ops, .most = buf_space(into)}, .into = into};
    return &c->sink;
}
