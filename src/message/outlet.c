/* Standard output that never blocks the loop. */
#include "message/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a pipe takes completely once poll() says that it takes anything (PIPE_BUF on Linux). */
#define SHARED_PIECE 4096

/* O_NONBLOCK belongs to the open file, which the shell and others share: setting it would break them.
 * Opening the pipe or terminal a second time gives an open file of our own. */
static int open_again(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool takes_now(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) != 0; /* on an error, the write will report it */
}

static ssize_t write_some(const struct outlet *o, struct slice s)
{
    switch (o->kind) {
    case OUTLET_PLAIN:
        return write(o->fd, s.p, s.n);
    case OUTLET_SOCKET:
        return send(o->fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    case OUTLET_SHARED:
        if (takes_now(o->fd))
            return write(o->fd, s.p, s.n < SHARED_PIECE ? s.n : SHARED_PIECE);
        errno = EAGAIN;
        return -1;
    }
    __builtin_unreachable();
}

static void watch(struct outlet *o, bool on)
{
    if (on == o->watched)
        return;
    int r = 0;
    if (on)
        r = loop_watch(o->loop, o->fd, EPOLLOUT, &o->watch);
    else
        loop_unwatch(o->loop, o->fd);
    o->watched = on && r == 0;
    if (r != 0)
        o->error = -r;
}

void outlet_flush(struct outlet *o)
{
    bool wait = false;
    if (o->waiting.failed && o->error == 0)
        o->error = ENOMEM;
    while (buf_len(&o->waiting) > 0 && !wait && o->error == 0) {
        ssize_t n = write_some(o, buf_slice(&o->waiting));
        if (n >= 0)
            buf_consume(&o->waiting, (size_t)n);
        else if (errno == EAGAIN)
            wait = true;
        else if (errno != EINTR)
            o->error = errno;
    }
    watch(o, wait);
    if (o->error != 0 || buf_len(&o->waiting) == 0)
        buf_free(&o->waiting);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct outlet *o = container_of(w, struct outlet, watch);
    (void)events;
    outlet_flush(o);
}

void outlet_init(struct outlet *o, struct loop *l, int fd)
{
    struct stat st;
    *o = (struct outlet){.loop = l, .fd = fd, .kind = OUTLET_SHARED, .watch.on_ready = on_ready};
    o->waiting = buf_new(OUTLET_MAX);
    if (fstat(fd, &st) != 0)
        return; /* the first write will report an error */
    if (S_ISREG(st.st_mode)) {
        o->kind = OUTLET_PLAIN;
    } else if (S_ISSOCK(st.st_mode)) {
        o->kind = OUTLET_SOCKET;
    } else {
        int own = open_again(fd);
        o->own_fd = own >= 0;
        o->fd = own >= 0 ? own : fd;
        o->kind = own >= 0 ? OUTLET_PLAIN : OUTLET_SHARED;
    }
}

void outlet_free(struct outlet *o)
{
    watch(o, false);
    if (o->own_fd)
        close(o->fd);
    buf_free(&o->waiting);
}
