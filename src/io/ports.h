/* The sockets that a server listens on: all addresses that the command line's [HOST]:PORT words mean. */
#pragma once

#include "io/sock.h"

/* A word means at most two addresses, unless a host has many; more than 32 are a mistake in a script. */
#define PORTS_MAX 32

struct port {
    int fd;
    struct address at;
};

struct ports {
    struct port all[PORTS_MAX];
    size_t n;
};

/* Adds the listening sockets of one word, at least one, or fills *e. Port 0 becomes one free port, the same
 * for all addresses of the word. An address family that this machine lacks is skipped. */
enum status ports_add(struct ports *p, struct slice text, uint16_t default_port, struct err *e);
void ports_close(struct ports *p);
