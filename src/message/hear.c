/* The message client: one connection, our stdout, and with --talk our stdin. */
#include "message/hear.h"

#include "base/log.h"
#include "base/text.h"
#include "io/dial.h"
#include "io/sock.h"
#include "io/stream.h"
#include "message/inlet.h"
#include "message/outlet.h"
#include "message/peer.h"
#include "message/screen.h"

#include <errno.h>
#include <unistd.h>

/* A server that exists answers sooner; a person has given up by then. */
#define CONNECT_MS 10000
#define READ_BYTES (16 * 1024)

enum hear_state {
    HEAR_ON,
    HEAR_ENDED, /* the server sends no more; what came is still being printed */
};

struct hear {
    struct loop loop;
    enum hear_state state;
    enum status status;
    const struct hear_options *options;
    struct stream stream;
    struct watch watch;
    bool watched, blocked; /* blocked: the server does not take typed lines now */
    uint32_t interest;     /* while watched */
    struct screen screen;
    struct outlet out;
    struct inlet in;
};

/* Watch nothing, not even errors, if there is nothing to wait for: on a connection that both sides have
 * ended, and whose last bytes wait for our stdout, epoll would return again and again. */
static void set_interest(struct hear *h)
{
    uint32_t want = 0;
    int r = 0;
    if (h->state == HEAR_ON)
        want = (outlet_full(&h->out) ? 0u : EPOLLIN) | (h->blocked ? EPOLLOUT : 0u);
    if (want == 0 && h->watched)
        loop_unwatch(&h->loop, h->stream.fd);
    else if (want != 0 && (!h->watched || want != h->interest))
        r = (h->watched ? loop_rewatch : loop_watch)(&h->loop, h->stream.fd, want, &h->watch);
    h->watched = want != 0;
    h->interest = want;
    if (r != 0) {
        log_line("cannot watch the connection: %s", strerror(-r));
        h->status = STATUS_FAILED;
        loop_stop(&h->loop);
    }
}

static void end(struct hear *h, enum status status)
{
    h->state = HEAR_ENDED;
    h->status = status;
    inlet_free(&h->in);
    if (h->options->terminal)
        screen_end(&h->screen, &h->out.waiting);
    outlet_flush(&h->out);
}

static void broke(struct hear *h)
{
    log_line("the connection to %s port %u broke before its end: %s (everything received is printed)",
             escape(slice_of(h->options->host)).text, (unsigned)h->options->port, strerror(errno));
    end(h, STATUS_NETWORK);
}

static void print_some(struct hear *h)
{
    char bytes[READ_BYTES];
    size_t n;
    switch (h->stream.ops->read(&h->stream, bytes, sizeof bytes, &n)) {
    case IO_OK:
        if (h->options->terminal)
            screen_add(&h->screen, &h->out.waiting, (struct slice){bytes, n});
        else
            buf_add(&h->out.waiting, (struct slice){bytes, n});
        outlet_flush(&h->out);
        break;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
    case IO_WANT_WORKER:
        break;
    case IO_EOF:
        end(h, STATUS_DONE);
        break;
    case IO_FAIL:
        broke(h);
        break;
    }
}

/* Sends the typed lines; while the server does not take them, stdin is not read. */
static void send_typed(struct hear *h)
{
    h->blocked = false;
    while (inlet_lines(&h->in).n > 0 && !h->blocked) {
        struct slice lines = inlet_lines(&h->in);
        size_t n;
        switch (h->stream.ops->write(&h->stream, lines.p, lines.n, false, &n)) {
        case IO_OK:
            inlet_take(&h->in, n);
            break;
        case IO_WANT_READ:
        case IO_WANT_WRITE:
        case IO_WANT_WORKER:
            h->blocked = true;
            break;
        case IO_EOF:
        case IO_FAIL: /* Reading will report the error, after the server's last bytes. */
            inlet_free(&h->in);
            return;
        }
    }
    if (h->blocked)
        inlet_hold(&h->in);
    else if (h->in.state == INLET_ENDED)
        h->stream.ops->shutdown(&h->stream);
}

static void on_input(struct inlet *in)
{
    struct hear *h = container_of(in, struct hear, in);
    if (in->state == INLET_ENDED && in->error != 0)
        log_line("cannot read stdin: %s (still printing what comes)", strerror(in->error));
    in->error = 0;
    send_typed(h);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct hear *h = container_of(w, struct hear, watch);
    if (h->state == HEAR_ENDED)
        return;
    if (h->blocked && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        send_typed(h);
        if (!h->blocked && h->in.state == INLET_HELD)
            inlet_resume(&h->in);
    }
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && !outlet_full(&h->out))
        print_some(h);
}

static void after_batch(struct loop *l)
{
    struct hear *h = container_of(l, struct hear, loop);
    if (h->out.error != 0) {
        /* A reader that has seen enough (head, grep -q) needs no message. */
        if (h->out.error != EPIPE)
            log_line("cannot write to stdout: %s", strerror(h->out.error));
        h->status = h->out.error == EPIPE ? STATUS_FAILED : STATUS_LOCAL_DISK;
        loop_stop(l);
        return;
    }
    if (h->state == HEAR_ENDED && buf_len(&h->out.waiting) == 0)
        loop_stop(l);
    set_interest(h);
}

static int connect_to(const struct hear_options *o)
{
    struct err e;
    int fd = dial(o->host, o->port, CONNECT_MS, &e);
    if (fd < 0)
        log_line("%s (%s)", e.text, errno == 0 ? "is the name right?" : "is 'ferry say' running there?");
    return fd;
}

enum status hear_run(const struct hear_options *o)
{
    struct hear h = {.options = o, .watch.on_ready = on_ready};
    int fd = connect_to(o);
    if (fd < 0)
        return STATUS_NETWORK;
    sock_no_delay(fd);
    peer_keep_alive(fd);
    h.stream = stream_plain(fd);
    int r = loop_init(&h.loop);
    h.loop.after_batch = after_batch;
    outlet_init(&h.out, &h.loop, o->out);
    if (o->talk) {
        inlet_init(&h.in, &h.loop, o->in, on_input);
        inlet_resume(&h.in);
    }
    if (r == 0) {
        set_interest(&h);
        loop_run(&h.loop);
    } else {
        log_line("cannot start: %s", strerror(-r));
        h.status = STATUS_FAILED;
    }
    inlet_free(&h.in);
    outlet_free(&h.out);
    h.stream.ops->close(&h.stream);
    loop_free(&h.loop);
    return h.status;
}
