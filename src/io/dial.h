/* Connects to whichever address of a host answers first (Happy Eyeballs, RFC 8305), so that a dead one costs
 * no wait. */
#pragma once

#include "io/sock.h"

/* Addresses of one host that are tried; no host needs so many. */
#define DIAL_MAX 32

/* Waits, for timeout_ms at most, not counting the search for the name. Returns a connected non-blocking
 * descriptor that the caller owns, or -1 with *e filled; then e->status is STATUS_NETWORK, and errno says why
 * (0 when the name has no address). "localhost" is ::1 and 127.0.0.1, whatever a file or a name server says.
 */
int dial(const char *host, uint16_t port, int timeout_ms, struct err *e);

/* The same for addresses, which are tried in this order. -1: errno says why. */
int dial_addresses(const struct address *all, size_t n, int timeout_ms);

/* Puts them into the order in which they are tried: by turns one of each family, beginning with the first
 * one's. */
void dial_order(struct address *all, size_t n);
