/* A client of a server without listeners. */
#pragma once

#include "server/conn.h"

/* Takes the stream. NULL if memory ran out. */
static inline struct conn *client_open(struct shard *s, struct stream stream)
{
    struct conn *c = conn_new(s, stream);
    if (c)
        conn_enter(c);
    return c;
}
