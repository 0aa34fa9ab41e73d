/* The listening sockets. Each loop has its own socket on each address, and the kernel distributes the
 * clients. */
#include "server/listener.h"

#include "base/log.h"
#include "server/placement.h"
#include "server/reaper.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Clients accepted at once; then those that are already connected have their turn. */
#define ACCEPT_BATCH 64
/* Clients accepted at the end: the queue holds no more, so further ones came too late. */
#define ACCEPT_MOST 4096
/* How long a loop that cannot accept waits before it tries again, unless one of its clients leaves before. */
#define PAUSE_MS 100
#define DEFAULT_PORT 6767

static bool full(const struct shard *s)
{
    const struct server *server = s->server;
    return atomic_load_explicit(&server->clients, memory_order_relaxed) >= server->max_clients;
}

void listener_yield(struct task *t)
{
    struct shard *s = container_of(t, struct shard, yield);
    atomic_store(&s->is_to_yield, false);
    reaper_make_room(s);
}

/* A waiting client gets the place of an idle one, on this loop or on another. */
static void ask_for_room(struct shard *s)
{
    if (reaper_make_room(s))
        return;
    for (unsigned i = 0; i < s->server->shard_count; i++) {
        struct shard *other = &s->server->shards[i];
        if (other != s && !atomic_exchange(&other->is_to_yield, true))
            loop_post(&other->loop, &other->yield);
    }
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
    if (full(s)) {
        ask_for_room(s);
        timer_arm(&s->loop, &s->accept_pause, t);
    } else {
        set_accepting(s, true);
    }
}

void listener_resume(struct shard *s)
{
    if (!full(s))
        set_accepting(s, true);
}

/* IPv4 as ::ffff:a.b.c.d. */
static struct in6_addr host_of(const struct address *a)
{
    struct in6_addr host = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    if (a->at.ss_family == AF_INET6)
        return ((const struct sockaddr_in6 *)&a->at)->sin6_addr;
    memcpy(&host.s6_addr[12], &((const struct sockaddr_in *)&a->at)->sin_addr, 4);
    return host;
}

/* Accepts one client. False if there is none, or no room for it. */
static bool accept_one(struct listener *l)
{
    if (full(l->shard)) {
        set_accepting(l->shard, false); /* the others wait in the kernel's queue */
        ask_for_room(l->shard);
        return false;
    }
    struct address a;
    int fd = sock_accept(l->fd, &a);
    if (fd >= 0) {
        if (l->paces && address_is_loopback(&a))
            sock_stop_pacing(fd);
        placement_note(l->shard, fd);
        struct in6_addr client = host_of(&a);
        placement_let_in(l->shard, fd, &client);
        return true;
    }
    switch (errno) {
    case EAGAIN:
        return false;
    case ECONNABORTED: /* the client, or its network, went away before it was accepted (accept(2)) */
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP:
    case EINTR:
        return true;
    default:
        if ((errno == EMFILE || errno == ENFILE) && shares_give_way(&l->shard->cache.shares))
            return true;
        /* No descriptor, no memory, or a rule against it. The client is still in the queue, so the event
         * would return at once, for ever. */
        log_debug("cannot take a client at the moment: %s", strerror(errno));
        set_accepting(l->shard, false);
        ask_for_room(l->shard);
        return false;
    }
}

static void on_client(struct watch *w, uint32_t events)
{
    struct listener *l = container_of(w, struct listener, watch);
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH && accept_one(l); i++)
        ;
}

void listener_accept_waiting(struct shard *s)
{
    for (unsigned i = 0; i < s->listener_count; i++)
        for (int most = 0; most < ACCEPT_MOST && accept_one(&s->listeners[i]); most++)
            ;
}

static int add(struct shard *s, int fd, const struct address *a)
{
    struct listener *l = &s->listeners[s->listener_count++];
    *l = (struct listener){.watch.on_ready = on_client, .shard = s, .fd = fd};
    /* Accepted sockets inherit it. */
    sock_no_delay(fd);
    if (sock_paces(fd) && address_is_loopback(a))
        sock_stop_pacing(fd);
    l->paces = sock_paces(fd);
    if (s->processor >= 0) /* see placement_follow() */
        sock_prefer_processor(fd, s->processor);
    return loop_watch(&s->loop, fd, EPOLLIN, &l->watch);
}

static enum status open_first(struct server *s, const char *const *listen, unsigned count, struct err *e)
{
    struct ports ports = {.n = 0};
    enum status status = STATUS_DONE;
    s->site.hosts.local_only = true;
    for (unsigned i = 0; i < count && status == STATUS_DONE; i++)
        status = ports_add(&ports, slice_of(listen[i]), DEFAULT_PORT, e);
    for (size_t i = 0; i < ports.n; i++) {
        s->site.hosts.local_only &= address_is_loopback(&ports.all[i].at);
        int error = add(&s->shards[0], ports.all[i].fd, &ports.all[i].at);
        if (error < 0 && status == STATUS_DONE)
            status = err_set(e, STATUS_FAILED, "cannot watch a socket: %s", strerror(-error));
    }
    return status;
}

/* The other loops listen on the same addresses and ports. */
static enum status share_all(struct server *s, struct err *e)
{
    for (unsigned i = 1; i < s->shard_count; i++) {
        for (unsigned k = 0; k < s->shards[0].listener_count; k++) {
            struct address a = {.len = sizeof a.at};
            getsockname(s->shards[0].listeners[k].fd, (struct sockaddr *)&a.at, &a.len);
            int fd = sock_listen(&a, false);
            int error = fd >= 0 ? add(&s->shards[i], fd, &a) : fd;
            if (error < 0)
                return err_set(e, STATUS_FAILED, "cannot listen on %s a second time: %s",
                               address_text(&a).text, strerror(-error));
        }
    }
    return STATUS_DONE;
}

enum status listener_open_all(struct server *s, const char *const *listen, unsigned count, struct err *e)
{
    for (unsigned i = 0; i < s->shard_count; i++) {
        s->shards[i].accepting = true;
        loop_add_queue(&s->shards[i].loop, &s->shards[i].accept_pause, PAUSE_MS, on_pause_over);
    }
    enum status status = open_first(s, listen, count, e);
    return status == STATUS_DONE ? share_all(s, e) : status;
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
