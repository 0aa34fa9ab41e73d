/* Counts and tells what becomes of a tree. Thread-safe. */
#pragma once

#include "base/err.h"
#include "client/progress.h"

#include <pthread.h>
#include <stdatomic.h>

enum tally_kind {
    TALLY_FETCHED,
    TALLY_REPLACED,
    TALLY_REMOVED,
    TALLY_KEPT,    /* the server does not have it, and it stays */
    TALLY_REFUSED, /* it is not fetched: its name or what is here does not allow it */
    TALLY_FAILED,
};

struct tally_event {
    enum tally_kind kind;
    bool would; /* in a dry run */
    const char *path;
    uint64_t bytes;
    bool verified;
    enum status status;
    const char *error; /* one line; NULL: none */
};

struct tally {
    pthread_mutex_t lock;
    struct progress *progress;
    bool quiet, dry_run;
    void (*event)(void *arg, const struct tally_event *event); /* NULL: nobody asks */
    void *arg;
    enum status status; /* the first that is not STATUS_DONE */
    uint64_t fetched, fetched_bytes, verified, removed, kept, refused, failed;
    uint64_t due_files, due_bytes; /* of all that is to be fetched or checked */
    atomic_uint_least64_t done_files, done_bytes;
};

void tally_begin(struct tally *t, struct progress *progress);
void tally_end(struct tally *t);
/* The counts begin again. */
void tally_forget(struct tally *t);

/* What became of one path. A failure, and what is kept or refused, is a line on the log; there are at most so
 * many of each kind, and the summary counts the others. */
#define TALLY_LINES 100
void tally_tell(struct tally *t, const struct tally_event *event);
