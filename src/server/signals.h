/* The meaning of signals to a running server. */
#pragma once

#include "io/loop.h"

struct server;

struct signals {
    struct watch watch;
    struct server *server;
    int fd;
    bool draining;
    bool outlives_terminal; /* with nohup, or without a terminal */
};

/* Call it after process_begin(): from here on, signals are events of the first loop. Returns 0 or a
 * negative errno. */
int signals_watch(struct signals *s, struct server *server);
