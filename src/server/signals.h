/* What a signal means to a running server. */
#pragma once

#include "io/loop.h"

struct server;

struct signals {
    struct watch watch;
    struct server *server;
    int fd;
    bool draining;
    bool outlives_terminal; /* nohup, or there was no terminal */
};

/* After process_begin(): from here on they come as events of the first loop. 0 or a negative errno. */
int signals_watch(struct signals *s, struct server *server);
