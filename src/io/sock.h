/* Sockets and addresses: the few calls, with their traps, in one place. Linux, non-blocking, close-on-exec.
 */
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
/* Whether only this machine can reach it. */
bool address_is_loopback(const struct address *a);

/* Splits "[HOST][:PORT]": "nas", "nas:80", ":80", "[::1]:80", "::1". *ret_host is without brackets, empty
 * when there is none; *ret_port is default_port when there is none. Digits alone are a port of "localhost".
 * False when it is neither, or empty. */
bool sock_split_host_port(struct slice text, uint16_t default_port, struct slice *ret_host,
                          uint16_t *ret_port);

/* A listening socket. With `first`, the port must be free: without it the port is shared with our own sockets
 * that listen on it (SO_REUSEPORT), one for each loop. Returns the descriptor or a negative errno; *a gets
 * the port that was picked when it asked for port 0. */
int sock_listen(struct address *a, bool first);

/* Finds every address that "[HOST]:PORT" means and puts them into out: no HOST is every interface,
 * "localhost" is 127.0.0.1 and ::1. STATUS_DONE with *ret_n > 0, or fills *e. May wait for a name server. */
enum status sock_resolve_listen(struct slice text, uint16_t default_port, struct address *out, size_t cap,
                                size_t *ret_n, struct err *e);

/* Takes one client from the queue, as accept4() does; a descriptor that neither blocks nor is inherited. */
int sock_accept(int fd, struct address *ret_peer);

/* Answers are written whole: waiting for more to fill a packet would only delay them. */
void sock_no_delay(int fd);

/* Of the sockets that share a port, this one gets the clients whose packets arrive on that processor (Linux
 * 6.2; before, and where no socket has the processor, the kernel spreads them). */
void sock_prefer_processor(int fd, int processor);

/* The kernel takes no more than so many bytes beyond what is on its way: the rest waits where it is made. For
 * what is long, and would otherwise lie in the kernel's memory for whoever does not read. */
void sock_bound_unsent(int fd, int bytes);

/* The next close() sends a reset instead of an orderly end, so that the peer knows it was cut. */
void sock_reset_on_close(int fd);
/* Takes that back. */
void sock_end_on_close(int fd);
