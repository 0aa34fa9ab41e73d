/* The message client: prints what a server sends, until the server closes. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct hear_options {
    const char *host;
    uint16_t port;
    bool talk;     /* lines of stdin go to the server */
    bool terminal; /* stdout is a terminal: what comes is escaped */
};

/* Prints errors on stderr. */
enum status hear_run(const struct hear_options *options);
