/* The message server: sends clients a greeting, or the lines of its input. */
#pragma once

#include "base/err.h"
#include "base/slice.h"
#include "io/ports.h"

#define MESSAGE_PORT 4000

struct say_options {
    const struct slice *listen; /* [HOST]:PORT words */
    size_t listens;
    bool greets;
    struct slice greeting; /* the bytes to send */
    bool talk;             /* two-way; the greeting does not end the connection */
    uint64_t wait;         /* `in` is read once so many clients are connected */
    int in, out;           /* the lines to send; where lines of clients go */
    int stop;              /* each read (of a signalfd, an eventfd) is a request to end; it must not block */
    /* Called once clients can connect. Any result but STATUS_DONE ends the server. */
    enum status (*listening)(const struct ports *ports);
};

/* Runs until `in` ends or `stop` can be read. Logs errors. */
enum status say_run(const struct say_options *options);
