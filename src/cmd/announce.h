/* The first output of a server: where it listens, for programs; and who can reach it, for the person who
 * started it. */
#pragma once

#include "io/sock.h"

/* Prints "listening on ADDRESS:PORT" on stdout. False if that fails, with the reason in errno. */
bool announce_address(const struct address *a);

/* The same for each address, and as messages the URLs for other machines, unless `quiet`. */
void announce_server(const struct address *at, size_t n, bool quiet);
