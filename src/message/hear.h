/* The message client: prints what a server sends, until the server closes. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct hear_options {
    const char *host;
    uint16_t port;
    bool talk;     /* lines of `in` go to the server */
    int in, out;   /* `in` is read only with `talk` */
    bool terminal; /* `out` is a terminal: what comes is escaped */
};

/* Logs errors. */
enum status hear_run(const struct hear_options *options);
