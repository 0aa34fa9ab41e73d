/* Where content goes: the counterpart of a source. */
#pragma once

#include "base/result.h"
#include "base/slice.h"

struct sink;

struct sink_ops {
    /* Takes bytes from the front: IO_OK with *ret_n > 0, which may be fewer than there are; IO_WANT_WORKER;
     * IO_FAIL when it takes no more (`status` says why). */
    enum io (*take)(struct sink *s, struct slice bytes, size_t *ret_n);
    /* All of it was taken: IO_OK once the content is in place, IO_WANT_WORKER, IO_FAIL. */
    enum io (*finish)(struct sink *s);
    /* May block, and so runs on a worker: makes the next take() or finish() possible. What goes wrong is
     * answered by that next call. Optional: only a sink that answers IO_WANT_WORKER has it. */
    void (*work)(struct sink *s);
    /* It is over, whether finish() was called or not. Content that is not in place by now leaves nothing
     * behind. Frees what the sink has. */
    void (*close)(struct sink *s);
};

struct sink {
    const struct sink_ops *ops;
    uint64_t most; /* bytes that it takes at most, with what the client puts around them */
    bool distant;  /* it goes to a file system that may never answer */
    int status;    /* once a call has answered IO_FAIL: of the response that says so */
};

static inline void sink_close(struct sink *s)
{
    if (s)
        s->ops->close(s);
}

/* Takes bytes and keeps none. */
struct sink_discard {
    struct sink sink;
    uint64_t taken;
};

/* *d is the caller's, and is not moved while the sink is used. */
struct sink *sink_begin_discard(struct sink_discard *d, uint64_t most);
