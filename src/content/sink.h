/* Where content goes: the counterpart of a source. */
#pragma once

#include "base/buf.h"
#include "base/result.h"

struct sink;

struct sink_ops {
    /* Takes bytes from the front. IO_OK with *ret_n > 0, which may be fewer than bytes.n; IO_WANT_WORKER;
     * IO_FAIL if it takes no more (`status` has the reason). */
    enum io (*take)(struct sink *s, struct slice bytes, size_t *ret_n);
    /* Called after the last byte. IO_OK once the content is in place; IO_WANT_WORKER; IO_FAIL. */
    enum io (*finish)(struct sink *s);
    /* May block, so it runs on a worker: makes the next take() or finish() possible. Errors are reported by
     * that next call. Only in sinks that return IO_WANT_WORKER. */
    void (*work)(struct sink *s);
    /* Frees the sink. If finish() has not returned IO_OK, nothing of the content is left. */
    void (*close)(struct sink *s);
};

struct sink {
    const struct sink_ops *ops;
    uint64_t most; /* bytes that it takes at most, including the framing of the body */
    bool distant;  /* it goes to a file system that may never answer */
    int status;    /* of the response, after IO_FAIL */
};

static inline void sink_close(struct sink *s)
{
    if (s)
        s->ops->close(s);
}

/* A sink that discards its bytes. */
struct sink_discard {
    struct sink sink;
    uint64_t taken;
};

/* *d stays the caller's, and must not move while the sink is used. */
struct sink *sink_begin_discard(struct sink_discard *d, uint64_t most);

/* A sink that adds its bytes to a buffer. */
struct sink_collect {
    struct sink sink;
    struct buf *into;
};

/* It takes as many bytes as the buffer's maximum allows. Both stay the caller's, and *c must not move while
 * the sink is used. */
struct sink *sink_begin_collect(struct sink_collect *c, struct buf *into);
