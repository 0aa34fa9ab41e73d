/* The message server: whoever connects hears the greeting, or what is said on stdin. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#define MESSAGE_PORT 4000

struct say_options {
    const struct slice *listen; /* [HOST]:PORT words */
    size_t listens;
    bool greets;
    struct slice greeting; /* as it goes over the wire */
    bool talk;             /* two-way; a greeting does not end the connection */
    uint64_t wait;         /* stdin is read once so many are connected */
};

/* Until stdin ends or a signal comes. Says on stderr what goes wrong. */
enum status say_run(const struct say_options *options);
