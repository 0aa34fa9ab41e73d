/* Threads for jobs that may block: a disk, a name server, a hash. A loop never blocks; it submits a job. */
#pragma once

#include "io/loop.h"

struct workers;

/* What a job waits for decides which threads it may use. */
enum lane {
    LANE_NEAR, /* a local disk: any thread, and before the other lanes */
    LANE_WALK, /* a walk of a folder, which keeps a processor busy: a few threads */
    LANE_FAR,  /* a file system that may never answer: at most half of the threads */
};
#define LANES 3

struct job {
    void (*run)(struct job *j);  /* called on a worker */
    void (*done)(struct job *j); /* called afterwards, on the home loop */
    struct loop *home;
    enum lane lane;
    uint32_t client;   /* identifies the client: the clients of a lane take turns */
    const void *part;  /* the work that the job contributes to: a client's jobs of one part share one place in
                          the line. NULL: a part of its own */
    bool queued;       /* no worker has taken it yet */
    struct list peers; /* the client's other jobs of that part; in one of them, its place in the line */
    struct task task;
};

/* A pool of at most max_threads. A thread is added if there is work and no idle thread, and ends after
 * idle_ms without work. NULL if memory ran out. */
struct workers *workers_new(unsigned max_threads, unsigned idle_ms);

/* Call it before the first job: threads may run on all processors where the caller may run now, instead of
 * staying on the processor of the loop that starts them. */
void workers_roam(struct workers *w);

/* Waits until all submitted jobs are done, and frees the pool. Finished jobs are posted to their loops,
 * each of which may still have to run loop_run_posted(). Returns false, and frees nothing, if that takes
 * longer than patience_ms: a worker is stuck in a dead file system, and only the end of the process can
 * free it. Nothing may be submitted any more. NULL is allowed. */
bool workers_free(struct workers *w, unsigned patience_ms);

/* Submits j, which stays the caller's and must live until done() was called; that never happens before this
 * returns. If no thread at all can be started, a job of LANE_NEAR or LANE_WALK runs here and now. */
void workers_submit(struct workers *w, struct job *j);

/* Whether there is a thread, or one can be started now: for callers that should refuse a client rather than
 * let it wait for a thread. */
bool workers_ready(struct workers *w);

/* Tries again to start threads that could not be started. Call it from time to time while jobs are
 * submitted. */
void workers_tend(struct workers *w);

/* Takes back a job that no worker has taken yet. If it returns true, done() will not be called. */
bool workers_cancel(struct workers *w, struct job *j);
