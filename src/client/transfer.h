/* One SOURCE, from its name to the file in its place: attempts, retries, and what comes of them. */
#pragma once

#include "client/attempt.h"
#include "client/http.h"
#include "client/name.h"
#include "client/progress.h"
#include "client/taken.h"

struct transfer_options {
    const char *out, *dir; /* -o and -d; NULL: not given */
    bool force, quiet;
    unsigned retries;
    struct net_options net;
    struct taken *taken; /* by the command's other sources */
};

struct transfer_result {
    enum status status;
    bool stopped; /* by a signal; the line about it has been written */
    struct err err;
    char name[NAME_SIZE]; /* what it was saved as; "" when it did not come to that */
    uint64_t bytes;       /* of the file that are here */
    uint64_t resumed_from;
    uint64_t ms;
};

/* Errors are in the result, for the caller to print; lines about the way there go to stderr. */
void transfer_run(const struct remote *remote, const struct transfer_options *o, struct http *http,
                  struct stop *stop, struct progress *progress, struct transfer_result *ret);
