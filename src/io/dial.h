/* Connects to whichever address of a host answers first (Happy Eyeballs, RFC 8305), so that a dead address
 * costs no wait. */
#pragma once

#include "io/sock.h"

/* Addresses of one host that are tried; no host needs more. */
#define DIAL_MAX 32

/* Blocks for at most timeout_ms, not counting the look-up of the name. Returns a connected non-blocking
 * descriptor that the caller owns, or -1 with *e filled; then e->status is STATUS_NETWORK, and errno has
 * the reason (0 if the name has no address). "localhost" is ::1 and 127.0.0.1, independent of files and
 * name servers. */
int dial(const char *host, uint16_t port, int timeout_ms, struct err *e);

/* The same for given addresses, in this order. If it returns -1, errno has the reason. */
int dial_addresses(const struct address *all, size_t n, int timeout_ms);

/* Sorts addresses into the order of attempts: the two families alternate, beginning with the family of the
 * first address. */
void dial_order(struct address *all, size_t n);
