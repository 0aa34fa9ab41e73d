/* Where clients come in. Each loop has its own socket on each address, and the kernel spreads the clients. */
#include "server/conn.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <unistd.h>

/* Accepted in one go; then those who are already inside have their turn. */
#define ACCEPT_BATCH 64
/* How long a loop that cannot take clients waits before it tries again, when none of its own leaves before.
 */
#define PAUSE_MS 100
/* Ports tried when one that is free on 127.0.0.1 turns out to be taken on ::1. */
#define PORT_TRIES 32

static bool full(const struct shard *s)
{
    const struct server *server = s->server;
    return server->max_clients > 0 &&
           atomic_load_explicit(&server->clients, memory_order_relaxed) >= server->max_clients;
}

static void set_accepting(struct shard *s, bool accepting)
{
    if (s->accepting == accepting)
        return;
    s->accepting = accepting;
    for (unsigned i = 0; i < s->listener_count; i++)
        loop_rewatch(&s->loop, s->listeners[i].fd, accepting ? EPOLLIN : 0, &s->listeners[i].watch);
    if (accepting)
        timer_disarm(&s->accept_again);
    else
        timer_arm(&s->loop, &s->accept_pause, &s->accept_again);
}

static void on_pause_over(struct timer_queue *q, struct timer *t)
{
    struct shard *s = container_of(t, struct shard, accept_again);
    (void)q;
    if (full(s))
        timer_arm(&s->loop, &s->accept_pause, t);
    else
        set_accepting(s, true);
}

void listener_resume(struct shard *s)
{
    if (!full(s))
        set_accepting(s, true);
}

static void on_client(struct watch *w, uint32_t events)
{
    struct listener *l = container_of(w, struct listener, watch);
    (void)events;
    if (l->fd < 0) /* Closed within this batch of events. */
        return;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (full(l->shard)) {
            set_accepting(l->shard, false); /* The others wait in the kernel's queue. */
            return;
        }
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            conn_open(l->shard, fd);
            continue;
        }
        switch (errno) {
        case EAGAIN:
            return;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            /* The client is still in the queue and would make the loop spin. */
            log_debug("no descriptor or memory left for a new client: it waits");
            set_accepting(l->shard, false);
            return;
        default:
            break; /* This one client went before it was accepted, or its network did. */
        }
    }
}

static int add(struct shard *s, int fd)
{
    struct listener *l = &s->listeners[s->listener_count++];
    *l = (struct listener){.watch.on_ready = on_client, .shard = s, .fd = fd};
    /* Accepted sockets inherit it. */
    sock_no_delay(fd);
    return loop_watch(&s->loop, fd, EPOLLIN, &l->watch);
}

/* "Is not configured on this machine", which is no error as long as another address is. */
static bool is_absent(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/* Opens the addresses that one --listen means. When it asks for any port, all of them get the same one. */
static int open_together(struct address *addresses, size_t n, int *fds)
{
    int error = 0;
    for (int attempt = 0; attempt < PORT_TRIES; attempt++) {
        uint16_t picked = 0;
        size_t i;
        for (i = 0; i < n; i++) {
            struct address a = addresses[i];
            bool any_port = address_port(&a) == 0;
            if (any_port)
                address_set_port(&a, picked);
            fds[i] = sock_listen(&a, true);
            if (fds[i] < 0 && !(is_absent(-fds[i]) && n > 1)) {
                error = fds[i];
                break;
            }
            if (fds[i] >= 0 && any_port)
                picked = address_port(&a);
        }
        if (i == n)
            return 0;
        while (i-- > 0)
            if (fds[i] >= 0)
                close(fds[i]);
        if (error != -EADDRINUSE || picked == 0)
            break;
    }
    return error;
}

static enum status explain(struct err *e, int error, const char *spec, uint16_t port)
{
    struct escaped name = escape(slice_of(spec));
    switch (-error) {
    case EADDRINUSE:
        return err_set(
            e, STATUS_FAILED,
            "cannot listen on %s: the address is in use (is another server running? try --listen :%u)",
            name.text, (unsigned)port + 1);
    case EACCES:
        return err_set(e, STATUS_FAILED, "cannot listen on port %u: permission denied (try --listen :8080)",
                       (unsigned)port);
    case EADDRNOTAVAIL:
        return err_set(e, STATUS_FAILED,
                       "cannot listen on %s: this machine has no such address (try --listen :%u)", name.text,
                       (unsigned)port);
    default:
        return err_set(e, STATUS_FAILED, "cannot listen on %s: %s", name.text, strerror(-error));
    }
}

static enum status open_one(struct server *s, const char *spec, struct err *e)
{
    struct address found[SERVER_LISTEN_MAX];
    int fds[SERVER_LISTEN_MAX];
    size_t n;
    struct shard *first = &s->shards[0];
    enum status status = sock_resolve_listen(slice_of(spec), 6767, found, SERVER_LISTEN_MAX, &n, e);
    if (status != STATUS_DONE)
        return status;
    if (first->listener_count + n > SERVER_LISTEN_MAX)
        return err_set(e, STATUS_USAGE, "%u addresses are all that can be listened on", SERVER_LISTEN_MAX);
    int error = open_together(found, n, fds);
    if (error < 0)
        return explain(e, error, spec, address_port(&found[0]));
    unsigned open = 0;
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0)
            continue;
        open++;
        error = add(first, fds[i]);
        if (error < 0)
            return err_set(e, STATUS_FAILED, "cannot watch a socket: %s", strerror(-error));
    }
    return open > 0 ? STATUS_DONE : explain(e, -EADDRNOTAVAIL, spec, address_port(&found[0]));
}

/* The other loops listen on the same addresses and ports. */
static enum status share_all(struct server *s, struct err *e)
{
    for (unsigned i = 1; i < s->shard_count; i++) {
        for (unsigned k = 0; k < s->shards[0].listener_count; k++) {
            struct address a = {.len = sizeof a.at};
            getsockname(s->shards[0].listeners[k].fd, (struct sockaddr *)&a.at, &a.len);
            int fd = sock_listen(&a, false);
            int error = fd >= 0 ? add(&s->shards[i], fd) : fd;
            if (error < 0)
                return err_set(e, STATUS_FAILED, "cannot listen on %s a second time: %s",
                               address_text(&a).text, strerror(-error));
        }
    }
    return STATUS_DONE;
}

enum status listener_open_all(struct server *s, const struct server_config *config, struct err *e)
{
    for (unsigned i = 0; i < s->shard_count; i++) {
        s->shards[i].accepting = true;
        timer_init(&s->shards[i].accept_again);
        loop_add_queue(&s->shards[i].loop, &s->shards[i].accept_pause, PAUSE_MS, on_pause_over);
    }
    for (unsigned i = 0; i < config->listen_count; i++) {
        enum status status = open_one(s, config->listen[i], e);
        if (status != STATUS_DONE)
            return status;
    }
    return share_all(s, e);
}

void listener_close_all(struct shard *s)
{
    timer_disarm(&s->accept_again);
    for (unsigned i = 0; i < s->listener_count; i++) {
        close(s->listeners[i].fd);
        s->listeners[i].fd = -1;
    }
    s->listener_count = 0;
}
