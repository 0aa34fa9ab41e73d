/* How a body is framed in the bytes of a connection, and how it is copied there. */
#pragma once

#include "base/buf.h"
#include "content/source.h"

struct framing {
    enum {
        BODY_NONE,
        BODY_LENGTH,  /* `left` counts down */
        BODY_CHUNKED, /* until the content ends (RFC 9112 7.1) */
        BODY_TO_END,  /* until the content ends, which also ends the connection */
    } body;
    uint64_t left;   /* BODY_LENGTH: bytes; otherwise not 0 until the content has ended */
    bool keep_alive; /* another request may follow */
    bool was_last;   /* the client has said that no request will follow */
};

/* Room for the largest head (a redirect: a 4 KiB name, each byte as %XX) and a piece of the body after it. */
#define FRAMING_OUT_MAX (64 * 1024)

/* Copies the next piece of the body into `out`: IO_OK, IO_EOF (there is no more), or what
 * source_ops.read() answers otherwise. */
enum io framing_copy(struct framing *f, struct source *content, struct buf *out);
