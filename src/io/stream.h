/* A connection's bytes, whatever carries them: plain TCP now, TLS behind the same table. */
#pragma once

#include "base/result.h"

#include <stdbool.h>
#include <stddef.h>

struct stream;

struct stream_ops {
    /* IO_OK with *ret_n > 0, IO_WANT_READ, IO_WANT_WRITE (TLS), IO_EOF, IO_FAIL. Fewer than cap bytes mean
     * that there are no more now, and that the descriptor will become readable when there are. */
    enum io (*read)(struct stream *s, void *to, size_t cap, size_t *ret_n);
    /* IO_OK with *ret_n > 0 (perhaps fewer than n), IO_WANT_WRITE, IO_WANT_READ (TLS), IO_FAIL.
     * With `more`, more follows at once: do not send a small packet yet. */
    enum io (*write)(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n);
    /* Says that no more will come; reading goes on. */
    void (*shutdown)(struct stream *s);
    void (*close)(struct stream *s);
    /* Whether a source may write to the descriptor itself (sendfile). */
    bool raw;
};

struct stream {
    const struct stream_ops *ops;
    int fd;
};

/* Takes fd. */
struct stream stream_plain(int fd);
