/* Connects to whichever address of a host answers first. */
#include "io/dial.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>

/* How long the newest attempt is alone before the next one starts (RFC 8305, 5). */
#define NEXT_MS 250

struct dial {
    const struct address *all;
    size_t n, next;               /* the next address to try */
    struct pollfd open[DIAL_MAX]; /* the attempts under way */
    nfds_t n_open;
    int error; /* the most telling errno so far */
};

/* "No route from this machine" to one address says less than another address's answer. */
static void note(struct dial *d, int error)
{
    bool weak =
        d->error == 0 || d->error == ENETUNREACH || d->error == EADDRNOTAVAIL || d->error == EAFNOSUPPORT;
    if (weak)
        d->error = error;
}

/* Returns a connected descriptor, or -1 if the attempt is under way or has failed. */
static int start(struct dial *d)
{
    const struct address *a = &d->all[d->next++];
    AUTO_CLOSE int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&a->at, a->len) == 0)
        return TAKE_FD(fd);
    if (fd < 0 || errno != EINPROGRESS)
        note(d, errno);
    else
        d->open[d->n_open++] = (struct pollfd){.fd = TAKE_FD(fd), .events = POLLOUT};
    return -1;
}

/* Returns the first connected descriptor, or -1. Closes the attempts that have failed; *ret_failed says
 * whether there were any. */
static int harvest(struct dial *d, bool *ret_failed)
{
    *ret_failed = false;
    for (nfds_t i = 0; i < d->n_open;) {
        int error = 0;
        socklen_t len = sizeof error;
        if (!d->open[i].revents) {
            i++;
            continue;
        }
        int fd = d->open[i].fd;
        d->open[i] = d->open[--d->n_open];
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
            return fd;
        note(d, error);
        close(fd);
        *ret_failed = true;
    }
    return -1;
}

static int race(struct dial *d, int timeout_ms)
{
    uint64_t now = clock_ms(), due = now, until = now + (uint64_t)timeout_ms;
    for (;; now = clock_ms()) {
        bool failed = false;
        int fd = -1;
        while (fd < 0 && d->next < d->n && (now >= due || d->n_open == 0)) {
            nfds_t before = d->n_open;
            fd = start(d);
            due = d->n_open > before ? now + NEXT_MS : now;
        }
        if (fd >= 0 || d->n_open == 0)
            return fd;
        if (now >= until) {
            note(d, ETIMEDOUT);
            return -1;
        }
        uint64_t wake = d->next < d->n && due < until ? due : until;
        if (poll(d->open, d->n_open, (int)(wake - now)) <= 0)
            continue;
        fd = harvest(d, &failed);
        if (fd >= 0)
            return fd;
        if (failed)
            due = now;
    }
}

int dial_addresses(const struct address *all, size_t n, int timeout_ms)
{
    struct dial d = {.all = all, .n = n < DIAL_MAX ? n : DIAL_MAX};
    int fd = race(&d, timeout_ms);
    for (nfds_t i = 0; i < d.n_open; i++)
        close(d.open[i].fd);
    errno = d.error;
    return fd;
}

void dial_order(struct address *all, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        size_t other = i;
        while (other < n && all[other].at.ss_family == all[i - 1].at.ss_family)
            other++;
        if (other == n)
            return;
        struct address next = all[other];
        memmove(&all[i + 1], &all[i], (other - i) * sizeof *all);
        all[i] = next;
    }
}

/* RFC 6761, 6.3: "localhost" is this machine, and no name server is asked. /etc/hosts may name only one of
 * the two families. */
static bool is_localhost(struct slice host)
{
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    const struct slice name = SLICE("localhost"), below = SLICE(".localhost");
    return slice_eq_nocase(host, name) ||
           (host.n > below.n && slice_eq_nocase(slice_from(host, host.n - below.n), below));
}

/* Without AI_ADDRCONFIG: on a machine with loopback only, it hides addresses that exist, and an address
 * without a route costs nothing. Returns 0 or the error of getaddrinfo(). */
static int add(const char *host, uint16_t port, struct address *all, size_t *n)
{
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    int why = getaddrinfo(host, NULL, &hints, &found);
    if (why != 0)
        return why;
    for (struct addrinfo *i = found; i && *n < DIAL_MAX; i = i->ai_next) {
        if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
            continue;
        all[*n].len = i->ai_addrlen;
        memcpy(&all[*n].at, i->ai_addr, i->ai_addrlen);
        address_set_port(&all[*n], port);
        (*n)++;
    }
    freeaddrinfo(found);
    return *n > 0 ? 0 : EAI_NONAME;
}

int dial(const char *host, uint16_t port, int timeout_ms, struct err *e)
{
    struct address all[DIAL_MAX];
    size_t n = 0;
    int why = 0;
    if (is_localhost(slice_of(host))) {
        add("::1", port, all, &n);
        add("127.0.0.1", port, all, &n);
    } else {
        why = add(host, port, all, &n);
    }
    if (why != 0) {
        err_set(e, STATUS_NETWORK, "cannot find %s: %s", escape(slice_of(host)).text, gai_strerror(why));
        errno = 0;
        return -1;
    }
    dial_order(all, n);
    int fd = dial_addresses(all, n, timeout_ms);
    if (fd >= 0)
        return fd;
    why = errno;
    err_set(e, STATUS_NETWORK, "cannot connect to %s port %u: %s", escape(slice_of(host)).text,
            (unsigned)port, strerror(why));
    errno = why;
    return -1;
}
