/* What a signal means to a running server. */
#pragma once

#include "server/server.h"

struct signals {
    struct watch watch;
    struct server *server;
    int fd;
    bool draining;
    bool outlives_terminal; /* nohup, or there was no terminal */
};

/* Blocks those that mean something and ignores those that mean nothing and would end the process. Before
 * there is any other thread: each inherits the mask, and one that lacked it would be ended by the signal,
 * with all of us. */
void signals_block(void);

/* From here on they come as events of the first loop. 0 or a negative errno. */
int signals_watch(struct signals *s, struct server *server);
