/* The bytes of a connection, whatever carries them. */
#include "io/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static enum io plain_read(struct stream *s, void *to, size_t cap, size_t *ret_n)
{
    ssize_t n = recv(s->fd, to, cap, 0);
    if (n > 0) {
        *ret_n = (size_t)n;
        return IO_OK;
    }
    if (n == 0)
        return IO_EOF;
    return errno == EAGAIN ? IO_WANT_READ : IO_FAIL;
}

static enum io plain_write(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n)
{
    /* MSG_NOSIGNAL: a peer that has gone is an ordinary error, not a signal. */
    ssize_t sent = send(s->fd, from, n, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    if (sent >= 0) {
        *ret_n = (size_t)sent;
        return IO_OK;
    }
    return errno == EAGAIN ? IO_WANT_WRITE : IO_FAIL;
}

static enum io plain_shutdown(struct stream *s)
{
    return shutdown(s->fd, SHUT_WR) == 0 ? IO_OK : IO_FAIL;
}

static void plain_close(struct stream *s)
{
    close(s->fd);
    s->fd = -1;
}

static const struct stream_ops plain_ops = {
    .read = plain_read,
    .write = plain_write,
    .shutdown = plain_shutdown,
    .close = plain_close,
};

struct stream stream_plain(int fd)
{
    return (struct stream){.ops = &plain_ops, .fd = fd, .raw = true};
}
