/* Sockets and addresses: the system calls and their traps, in one place. */
#include "io/sock.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

/* Connections waiting for accept(); the kernel lowers it to net.core.somaxconn. */
#define BACKLOG 4096

struct address_text address_text(const struct address *a)
{
    struct address_text t;
    char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "?";
    getnameinfo((const struct sockaddr *)&a->at, a->len, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    const char *format = a->at.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u";
    snprintf(t.text, sizeof t.text, format, host, (unsigned)address_port(a));
    return t;
}

uint16_t address_port(const struct address *a)
{
    return a->at.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&a->at)->sin6_port)
                                       : ntohs(((const struct sockaddr_in *)&a->at)->sin_port);
}

void address_set_port(struct address *a, uint16_t port)
{
    if (a->at.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&a->at)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&a->at)->sin_port = htons(port);
}

bool address_is_loopback(const struct address *a)
{
    if (a->at.ss_family != AF_INET6)
        return ntohl(((const struct sockaddr_in *)&a->at)->sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)&a->at)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

static bool all_digits(struct slice s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n == s.n;
}

bool sock_split_host_port(struct slice text, uint16_t default_port, struct slice *ret_host,
                          uint16_t *ret_port)
{
    struct slice port = {NULL, 0};
    *ret_host = text;
    *ret_port = default_port;
    /* An empty word usually comes from an unset variable in a script. It must not mean every interface. */
    if (text.n == 0 || slice_starts(text, SLICE("[]")))
        return false;
    if (all_digits(text)) {
        /* inet_aton() would read digits as an address: 6767 is 0.0.26.111. */
        *ret_host = SLICE("localhost");
        port = text;
    } else if (text.p[0] == '[') {
        const char *close = memchr(text.p, ']', text.n);
        if (!close)
            return false;
        size_t used = (size_t)(close - text.p) + 1;
        *ret_host = (struct slice){text.p + 1, used - 2};
        if (used == text.n)
            return true;
        if (text.p[used] != ':')
            return false;
        port = slice_from(text, used + 1);
    } else {
        const char *colon = memchr(text.p, ':', text.n);
        /* Two colons without brackets: an IPv6 address without a port. */
        if (!colon || memchr(colon + 1, ':', text.n - (size_t)(colon - text.p) - 1))
            return true;
        *ret_host = (struct slice){text.p, (size_t)(colon - text.p)};
        port = slice_from(text, ret_host->n + 1);
    }
    uint64_t number;
    if (!slice_to_u64(port, &number) || number > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)number;
    return true;
}

int sock_listen(struct address *a, bool first)
{
    const int on = 1;
    AUTO_CLOSE int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* So that a restart does not wait for the TIME_WAIT of old connections. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a->at.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    /* Trap: with SO_REUSEPORT set before bind(), a second server of the same user would silently get half
     * of the first one's clients, instead of the error "address in use". So the first socket binds without
     * it, and sets it afterwards. */
    if (!first)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a->at, a->len) < 0)
        return -errno;
    if (first)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (listen(fd, BACKLOG) < 0)
        return -errno;
    if (getsockname(fd, (struct sockaddr *)&a->at, &a->len) < 0)
        return -errno;
    return TAKE_FD(fd);
}

static int resolve(const char *host, uint16_t port, int flags, struct addrinfo **ret)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    snprintf(service, sizeof service, "%u", (unsigned)port);
    return getaddrinfo(host, service, &hints, ret);
}

static bool add_addresses(const char *host, uint16_t port, struct address *out, size_t cap, size_t *n)
{
    struct addrinfo *found;
    if (resolve(host, port, AI_PASSIVE, &found) != 0)
        return false;
    for (struct addrinfo *i = found; i && *n < cap; i = i->ai_next) {
        if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
            continue;
        out[*n].len = i->ai_addrlen;
        memcpy(&out[*n].at, i->ai_addr, i->ai_addrlen);
        (*n)++;
    }
    freeaddrinfo(found);
    return true;
}

enum status sock_resolve_listen(struct slice text, uint16_t default_port, struct address *out, size_t cap,
                                size_t *ret_n, struct err *e)
{
    struct slice host;
    uint16_t port;
    char name[256];
    *ret_n = 0;
    if (!sock_split_host_port(text, default_port, &host, &port) || host.n >= sizeof name)
        return err_set(e, STATUS_USAGE, "'%s' is no [HOST]:PORT to listen on (try --listen :%u)",
                       escape(text).text, (unsigned)default_port);
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    if (host.n == 0) {
        add_addresses("0.0.0.0", port, out, cap, ret_n);
        add_addresses("::", port, out, cap, ret_n);
    } else if (slice_eq(host, SLICE("localhost"))) {
        /* Not from /etc/hosts: "this machine only" must not depend on a file. */
        add_addresses("127.0.0.1", port, out, cap, ret_n);
        add_addresses("::1", port, out, cap, ret_n);
    } else {
        add_addresses(name, port, out, cap, ret_n);
    }
    if (*ret_n == 0)
        return err_set(e, STATUS_FAILED,
                       "cannot listen on %s: that host has no known address (try --listen :%u)",
                       escape(text).text, (unsigned)port);
    return STATUS_DONE;
}

int sock_accept(int fd, struct address *ret_peer)
{
    struct sockaddr *at = (struct sockaddr *)&ret_peer->at;
    ret_peer->len = sizeof ret_peer->at;
    int client = accept4(fd, at, &ret_peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL))
        return client;
    /* A sandbox may allow only the older call. */
    client = accept(fd, at, &ret_peer->len);
    if (client >= 0) {
        fcntl(client, F_SETFL, O_NONBLOCK);
        fcntl(client, F_SETFD, FD_CLOEXEC);
    }
    return client;
}

void sock_no_delay(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool sock_paces(int fd)
{
    char name[32] = "";
    socklen_t len = sizeof name - 1;
    return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0 && strncmp(name, "bbr", 3) == 0;
}

void sock_stop_pacing(int fd)
{
    static const char name[] = "reno"; /* Every kernel has it, and every user may choose it. */
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, sizeof name - 1);
}

void sock_prefer_processor(int fd, int processor)
{
    setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &processor, sizeof processor);
}

int sock_processor(int fd)
{
    int processor = -1;
    socklen_t len = sizeof processor;
    return getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &processor, &len) == 0 ? processor : -1;
}

void sock_end_on_close(int fd)
{
    struct linger none = {.l_onoff = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void sock_bound_unsent(int fd, int bytes)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void sock_reset_on_close(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}
