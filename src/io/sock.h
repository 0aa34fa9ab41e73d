/* Sockets and addresses: the system calls and their traps, in one place. Linux; all descriptors are
 * non-blocking and close-on-exec. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage at;
    socklen_t len;
};

struct address_text {
    char text[64];
};

/* "127.0.0.1:6767", "[::1]:6767". */
struct address_text address_text(const struct address *a);
uint16_t address_port(const struct address *a);
void address_set_port(struct address *a, uint16_t port);
/* Whether only this machine can reach the address. */
bool address_is_loopback(const struct address *a);

/* Splits "[HOST][:PORT]": "nas", "nas:80", ":80", "[::1]:80", "::1". *ret_host has no brackets, and is
 * empty if there is no host; *ret_port is default_port if there is no port. Digits alone are a port of
 * "localhost". False if text has another form or is empty. */
bool sock_split_host_port(struct slice text, uint16_t default_port, struct slice *ret_host,
                          uint16_t *ret_port);

/* Makes a listening socket. With `first` the port must be free; without it, the port is shared with our
 * other sockets that listen on it (SO_REUSEPORT), one for each loop. Returns the descriptor or a negative
 * errno. If *a asked for port 0, it gets the port that was picked. */
int sock_listen(struct address *a, bool first);

/* Finds all addresses of "[HOST]:PORT" and stores them in out: no HOST means every interface, "localhost"
 * means 127.0.0.1 and ::1. Returns STATUS_DONE with *ret_n > 0, or fills *e. May block on a name server. */
enum status sock_resolve_listen(struct slice text, uint16_t default_port, struct address *out, size_t cap,
                                size_t *ret_n, struct err *e);

/* Accepts a client, like accept4(): the descriptor is non-blocking and close-on-exec. */
int sock_accept(int fd, struct address *ret_peer);

/* Disables Nagle's algorithm: answers are written whole, so waiting to fill a packet would only delay
 * them. */
void sock_no_delay(int fd);

/* Whether TCP paces what this socket sends by an estimate of the path (BBR). Over loopback there is no path:
 * the estimate depends on the scheduler, and arming the timers between packets took half of the CPU. */
bool sock_paces(int fd);
/* Reno sends as fast as packets are taken. Sockets that a listening socket accepts inherit it. */
void sock_stop_pacing(int fd);

/* Of the sockets that share a port, this one gets the clients whose packets arrive on that processor (Linux
 * 6.2). On older kernels, and for processors without a socket, the kernel distributes clients. -1: none. */
void sock_prefer_processor(int fd, int processor);
/* The processor on which its packets arrive, or -1. */
int sock_processor(int fd);

/* The kernel accepts only so many bytes beyond those in flight; the rest waits at its source. For long
 * answers, which would otherwise fill the kernel's memory for clients that do not read. */
void sock_bound_unsent(int fd, int bytes);

/* Makes the next close() send a reset instead of an orderly end, so that the peer knows that it was cut. */
void sock_reset_on_close(int fd);
/* Undoes sock_reset_on_close(). */
void sock_end_on_close(int fd);
