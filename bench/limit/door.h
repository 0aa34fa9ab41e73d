/* What both limit programs do at their port: listen on 127.0.0.1, and accept. */
#pragma once

#include "../words.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 256
#define DESCRIPTORS_MAX 65536

static inline int door_open(uint16_t port)
{
    const int on = 1;
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit limit;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 4096) < 0)
        DIE("cannot listen on port %u", (unsigned)port);
    return fd;
}

/* The next client, or -1. */
static inline int door_accept(int door)
{
    const int on = 1;
    int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= DESCRIPTORS_MAX)
        DIE("more clients than descriptors");
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static inline void door_watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
        DIE("epoll_ctl failed");
}

/* A head of exactly n bytes before a body of `length` bytes; n is the length of ferry's own head. */
static inline void door_head(char *head, size_t n, unsigned status, uint64_t length)
{
    static const char end[] = "\r\nX-Filler: ";
    int used = snprintf(head, n, "HTTP/1.1 %u OK\r\nContent-Length: %llu%s", status,
                        (unsigned long long)length, end);
    if (used < 0 || (size_t)used + 4 > n)
        DIE("a head of %zu bytes is too short", n);
    memset(head + used, 'x', n - (size_t)used - 4);
    memcpy(head + n - 4, "\r\n\r\n", 4);
}
