/* How both ends of a conversation learn that the other machine has disappeared. */
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* A conversation may be silent for days, so the kernel probes the connection: after a minute, then four
 * times, 15 s apart. That also finds peers that have closed completely, which looks like a half-close until
 * then. */
static inline void peer_keep_alive(int fd)
{
    const int on = 1, idle = 60, interval = 15, count = 4;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}
