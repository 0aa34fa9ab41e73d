/* One SOURCE, from its name to the finished file: attempts, retries and the result. */
#pragma once

#include "client/attempt.h"
#include "client/http.h"
#include "client/name.h"
#include "client/progress.h"
#include "client/taken.h"
#include "client/verify.h"

struct transfer_options {
    const char *out, *dir; /* -o and -d; NULL: not given */
    int out_fd;            /* what "-" means as `out` */
    bool force, quiet;
    unsigned retries;
    struct net_options net;
    struct verify_options verify;
    struct taken *taken;            /* targets of the command's other sources */
    const struct part_marks *marks; /* NULL: the time that the server sends */
    const uint64_t *size;           /* the file must have it; NULL: any */
};

struct transfer_result {
    enum status status;
    bool stopped; /* by a signal; the message about it was printed */
    struct err err;
    char name[NAME_SIZE]; /* the name that it was saved under; "" if that was not reached */
    uint64_t bytes;       /* bytes of the file that are here */
    uint64_t resumed_from;
    int code; /* of the last answer in HTTP; 0: there was none */
    uint64_t ms;
    enum proved proved;
    size_t pieces, again; /* PROVED_PIECES: how many, and how many of them were fetched again */
};

/* Errors are in *ret, for the caller to print; messages during the transfer go to the log. */
void transfer_run(const struct remote *remote, const struct transfer_options *o, struct http *http,
                  struct stop *stop, struct progress *progress, struct transfer_result *ret);
