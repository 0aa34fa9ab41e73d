/* The message client: prints what a server says, as it comes, until the server closes. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct hear_options {
    const char *host;
    uint16_t port;
    bool talk;     /* stdin's lines go to the server */
    bool terminal; /* stdout is one: what comes is escaped */
};

/* Says on stderr what goes wrong. */
enum status hear_run(const struct hear_options *options);
