/* The first lines: where it listens, for programs; and who can reach it, for the person who started it. */
#pragma once

#include "io/sock.h"

/* Prints "listening on ADDRESS:PORT" on stdout. False when it cannot be written; errno says why. */
bool announce_address(const struct address *a);

/* The same of each, and as messages the URLs that other machines can use; `quiet`: without those. */
void announce_server(const struct address *at, size_t n, bool quiet);
