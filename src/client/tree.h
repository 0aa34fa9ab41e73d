/* A folder of a server and everything below it: what is missing or has changed is fetched. */
#pragma once

#include "client/filter.h"
#include "client/tally.h"
#include "client/transfer.h"

struct tree_options {
    const struct transfer_options *o;
    bool checksum; /* compare by hash, not by time */
    bool dry_run;
    bool remove; /* what the server no longer has */
    struct filter filter;
    mode_t mask; /* the process's umask */
    void (*event)(void *arg, const struct tally_event *event);
    void *arg; /* of event() */
};

struct tree_result {
    enum status status;
    bool stopped;
    struct err err;        /* why all of it failed; empty if only some files did */
    char name[4096];       /* of the folder here */
    uint64_t files, bytes; /* on the server, as far as they are wanted */
    uint64_t here;         /* files that were right already */
    uint64_t fetched, fetched_bytes, verified, removed, kept, refused, failed;
    uint64_t left;     /* files that were not tried */
    uint64_t unhashed; /* files compared by size and time although hashes were to be compared */
    uint64_t ms;
};

/* `remote` is a folder (NAMED_FOLDER), in HTTP. The summary is a line on the log; an error is in *ret, for
 * the caller to print. */
void tree_run(const struct remote *remote, const struct tree_options *o, struct http *http, struct stop *stop,
              struct progress *progress, struct tree_result *ret);

/* Makes a folder of a remote that may be called without its slash. False if it cannot be one: it has a query.
 */
bool tree_name_folder(struct remote *r);
