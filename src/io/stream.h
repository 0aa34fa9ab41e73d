/* The bytes of a connection, whatever carries them: TCP, or a carrier over it such as TLS. */
#pragma once

#include "base/result.h"
#include "base/slice.h"

#include <stdbool.h>

struct stream;

/* A call that returns a want (IO_WANT_READ, IO_WANT_WRITE) has done as much as the socket allows. Call it
 * again once the descriptor is ready in that direction, which may differ from the call's own: a carrier may
 * have to write before it can read on. */
struct stream_ops {
    /* The exchange before the first byte of content: IO_OK when it is done, a want, or IO_FAIL, after the
     * peer was told the reason if that was possible. NULL for TCP. */
    enum io (*handshake)(struct stream *s);
    /* IO_OK with *ret_n > 0, a want, IO_EOF, IO_FAIL. On a raw stream, fewer than cap bytes mean that there
     * are no more now, and that the descriptor becomes readable when there are. Another carrier may hold
     * more: only a want means that there are none. */
    enum io (*read)(struct stream *s, void *to, size_t cap, size_t *ret_n);
    /* IO_OK with *ret_n > 0 (perhaps fewer than n), all of which is on its way; a want, after which the
     * next write must begin with the same n bytes; IO_FAIL. With `more`, more bytes follow at once: do not
     * send a small packet yet. */
    enum io (*write)(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n);
    /* Ends our side; reading is still possible. IO_OK once the end is on its way, a want, IO_FAIL. Before
     * the end of the handshake, and after it has failed, there is nothing to send. */
    enum io (*shutdown)(struct stream *s);
    /* Frees the stream's memory and closes the descriptor. */
    void (*close)(struct stream *s);
    /* The size of `state` in bytes. */
    size_t held;
};

struct stream {
    const struct stream_ops *ops;
    int fd;   /* of the socket, whatever is put over it; < 0: closed */
    bool raw; /* written bytes are sent as they are, so a source may write to the descriptor itself (sendfile)
               */
    void *state; /* of the carrier; NULL for TCP */
};

/* A carrier that can be put over a stream once the peer's first bytes show that it uses it. */
struct carrier {
    /* *s becomes the carrier over the former *s, which it owns from now on; its handshake comes next.
     * `early` has the bytes that were already read, and is copied. False if memory ran out: *s is
     * unchanged. */
    bool (*open)(const struct carrier *k, struct stream *s, struct slice early);
};

/* Takes fd. */
struct stream stream_plain(int fd);
