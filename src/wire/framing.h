/* How a body lies in the bytes of a connection, and how it gets there when its bytes are copied. */
#pragma once

#include "base/buf.h"
#include "content/source.h"

struct framing {
    enum {
        BODY_NONE,
        BODY_LENGTH,  /* `left` counts down */
        BODY_CHUNKED, /* until the content ends (RFC 9112 7.1) */
        BODY_TO_END,  /* until the content ends, which is the connection's end */
    } body;
    uint64_t left;   /* BODY_LENGTH: bytes; otherwise not 0 until the content has ended */
    bool keep_alive; /* another request may come behind it */
    bool was_last;   /* the client has said that none will */
};

/* Room for the largest head (a redirect: a 4 KiB name, each byte as %XX) and a piece of the body behind it.
 */
#define FRAMING_OUT_MAX (64 * 1024)

/* The next piece of the body, copied into `out`: IO_OK, IO_EOF (there is no more), IO_WANT_WORKER or IO_FAIL.
 */
enum io framing_copy(struct framing *f, struct source *content, struct buf *out);
