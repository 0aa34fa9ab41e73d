/* How a body is framed in the bytes of a connection. */
#include "wire/framing.h"

/* Small enough to stay in the L1 cache between the copy in and the copy out. */
#define PIECE_BYTES (16 * 1024)

enum io framing_copy(struct framing *f, struct source *content, struct buf *out)
{
    /* "3fff\r\n" before and "\r\n" after. */
    enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2 };
    bool chunked = f->body == BODY_CHUNKED;
    size_t want = f->left < PIECE_BYTES - 1 ? f->left : PIECE_BYTES - 1, n;
    char *to = buf_reserve(out, want + CHUNK_HEAD + CHUNK_TAIL);
    if (!to)
        return IO_FAIL;
    enum io r = content->ops->read(content, to + (chunked ? CHUNK_HEAD : 0), want, &n);
    if (r == IO_EOF) {
        f->left = 0;
        buf_add(out, chunked ? SLICE("0\r\n\r\n") : SLICE(""));
    }
    if (r != IO_OK)
        return r;
    if (chunked) {
        static const char hex[] = "0123456789abcdef";
        memcpy(to, (char[]){hex[n >> 12 & 15], hex[n >> 8 & 15], hex[n >> 4 & 15], hex[n & 15], '\r', '\n'},
               CHUNK_HEAD);
        memcpy(to + CHUNK_HEAD + n, "\r\n", CHUNK_TAIL);
        buf_grew(out, CHUNK_HEAD + n + CHUNK_TAIL);
    } else {
        buf_grew(out, n);
    }
    if (f->body == BODY_LENGTH)
        f->left -= n;
    return IO_OK;
}
