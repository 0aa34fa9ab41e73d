/* Where a server listens: every address that the command line's [HOST]:PORT words mean. */
#pragma once

#include "io/sock.h"

/* More would be a mistake in a script: each word means two addresses at most, unless a name has many. */
#define PORTS_MAX 32

struct port {
    int fd;
    struct address at;
};

struct ports {
    struct port all[PORTS_MAX];
    size_t n;
};

/* Adds what `text` means: at least one address, or fills *e. Port 0 becomes one free port, the same on every
 * address of the word. An address family that this machine lacks is passed over. */
enum status ports_add(struct ports *p, struct slice text, uint16_t default_port, struct err *e);
void ports_close(struct ports *p);
