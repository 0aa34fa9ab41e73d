/* The message server: sends clients a greeting, or the lines of stdin. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#define MESSAGE_PORT 4000

struct say_options {
    const struct slice *listen; /* [HOST]:PORT words */
    size_t listens;
    bool greets;
    struct slice greeting; /* the bytes to send */
    bool talk;             /* two-way; the greeting does not end the connection */
    uint64_t wait;         /* stdin is read once so many clients are connected */
};

/* Runs until stdin ends or a signal comes. Prints errors on stderr. */
enum status say_run(const struct say_options *options);
