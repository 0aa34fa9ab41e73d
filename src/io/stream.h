/* A connection's bytes, whatever carries them: TCP, or a carrier over it such as TLS. */
#pragma once

#include "base/result.h"
#include "base/slice.h"

#include <stdbool.h>

struct stream;

/* A call that wants something (IO_WANT_READ, IO_WANT_WRITE) has done as much as the socket allows. It is to
 * be made again once the descriptor is ready in the direction that it names, whichever direction the call
 * itself has: a carrier may have to write before it can read on. */
struct stream_ops {
    /* What both sides say before the first byte of content: IO_OK once that is done, a want, or IO_FAIL, when
     * the peer has been told why as far as that was possible. NULL for TCP. */
    enum io (*handshake)(struct stream *s);
    /* IO_OK with *ret_n > 0, a want, IO_EOF, IO_FAIL. From a raw stream fewer than cap bytes mean that there
     * are no more now, and that the descriptor will become readable when there are. A carrier that is not raw
     * may hold more: only a want says that there are none. */
    enum io (*read)(struct stream *s, void *to, size_t cap, size_t *ret_n);
    /* IO_OK with *ret_n > 0 (perhaps fewer than n), all of which is on its way; a want, after which the next
     * write must begin with the same n bytes; IO_FAIL. With `more`, more follows at once: do not send a small
     * packet yet. */
    enum io (*write)(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n);
    /* Says that no more will come; reading goes on. IO_OK once all of that is on its way, a want, IO_FAIL.
     * Before the handshake is done, and after it has failed, there is nothing to be said. */
    enum io (*shutdown)(struct stream *s);
    /* Frees what the stream has, and closes the descriptor. */
    void (*close)(struct stream *s);
    /* Bytes of memory that `state` takes. */
    size_t held;
};

struct stream {
    const struct stream_ops *ops;
    int fd;      /* of the socket, whatever is put over it; < 0: closed */
    bool raw;    /* what is written is what goes: a source may write to the descriptor itself (sendfile) */
    void *state; /* of the carrier; NULL for TCP */
};

/* What can be put over a stream as soon as the peer's first bytes tell that it speaks it. */
struct carrier {
    /* *s becomes the carrier over what *s was, which it owns from now on; its handshake comes next. `early`
     * is what was read of that already, and is copied. False when memory ran out: *s is as it was. */
    bool (*open)(const struct carrier *k, struct stream *s, struct slice early);
};

/* Takes fd. */
struct stream stream_plain(int fd);
