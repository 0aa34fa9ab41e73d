/* A thread of the pool, with its connection: how it gets a file, or a batch of small ones. */
#pragma once

#include "client/fetch_job.h"
#include "client/tar_reader.h"

/* Names in one request, and the bytes that they may take in its body. */
#define BATCH_NAMES 256
#define BATCH_BODY (256u << 10)

/* What all of them share. */
struct fetch_shared {
    const struct fetch_job *job;
    int end;           /* readable: all end */
    atomic_bool ended; /* the same, without a system call */
    atomic_bool alone; /* the server answers no batches */
};

struct fetch_worker {
    struct fetch_shared *shared;
    pthread_t thread;
    bool started;
    struct http *http;
    struct stop stop;
    struct progress progress;
    atomic_uint_least64_t current; /* bytes of the large file that is on its way */
    enum plan_step step;
    struct tree_line line;
    struct answer answer;
    struct tree_line *lines; /* a batch of small files, */
    enum plan_step steps[BATCH_NAMES];
    size_t n_lines;
    size_t at;             /* the file of the batch whose member is next, or has begun */
    bool got[BATCH_NAMES]; /* it is in the stage */
    struct tar_reader tar;
    struct receiver batch;
    /* The receiver of a small file: */
    struct receiver receiver;
    const struct remote *remote;
    char *bytes;
    size_t n;
    bool coded; /* it came compressed although it was not asked for */
    struct sha256_digest digest;
    bool digested;
};

/* All threads end, each after what it does now. */
void fetch_end(struct fetch_shared *s);

/* Sets up its memory and its connection. fetch_worker_free() is called in any case. */
bool fetch_worker_begin(struct fetch_worker *w, struct fetch_shared *s, struct err *e);
void fetch_worker_free(struct fetch_worker *w);

/* What became of w->line. `e` is NULL if it did not fail. */
void fetch_worker_tell(struct fetch_worker *w, enum tally_kind kind, const struct err *e, bool verified);
/* Compares or fetches the file of w->line, as w->step says. */
void fetch_worker_one(struct fetch_worker *w);
/* Fetches the small files of w->lines in one request. What does not come, or is not right, is asked for
 * alone, with all the retries of a file. */
void fetch_worker_batch(struct fetch_worker *w);
