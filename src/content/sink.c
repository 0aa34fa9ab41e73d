/* A sink that discards its bytes. */
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

static enum io discard_finish(struct sink *s)
{
    (void)s;
    return IO_OK;
}

static void discard_close(struct sink *s)
{
    (void)s;
}

static const struct sink_ops discard_ops = {
    .take = discard_take, .finish = discard_finish, .close = discard_close};

struct sink *sink_begin_discard(struct sink_discard *d, uint64_t most)
{
    *d = (struct sink_discard){.sink = {.ops = &discard_ops, .most = most}};
    return &d->sink;
}
