/* Threads for what may block: a disk, a name server, a hash. No loop ever waits; it submits a job. */
#pragma once

#include "io/loop.h"

struct workers;

/* What a job waits for says which threads it may have. */
enum lane {
    LANE_NEAR, /* a disk of this machine: any, and the first that is free */
    LANE_WALK, /* a whole folder, which takes a processor for as long as that takes: a few */
    LANE_FAR,  /* a file system that may never answer: no more than half of them */
};
#define LANES 3

struct job {
    void (*run)(struct job *j);  /* on a worker */
    void (*done)(struct job *j); /* afterwards, on the home loop */
    struct loop *home;
    enum lane lane;
    uint32_t client;  /* a number of whom it is for: those who wait in a lane are served in turn */
    const void *part; /* what it goes on with; a client's jobs that share it have one place in the line. NULL:
                       * nothing that another could, too */
    bool queued;      /* nobody runs it yet */
    struct list peers; /* the client's others of that part, or, in one of them, its place there */
    struct task task;
};

/* At most max_threads: one is added when there is work that no idle thread takes, and ends when it has had
 * none for idle_ms. NULL when memory ran out. */
struct workers *workers_new(unsigned max_threads, unsigned idle_ms);

/* Before the first job: threads may run wherever this one may now, and do not stay where who starts them
 * does. */
void workers_roam(struct workers *w);

/* Waits until all that was submitted is done, and frees the pool; what is done is posted to the loops, of
 * which each may still have to run loop_run_posted(). False, with nothing freed, when that takes longer than
 * patience_ms: a worker is stuck in a dead file system, and only the end of the process frees it. Nothing may
 * be submitted any more. NULL is harmless. */
bool workers_free(struct workers *w, unsigned patience_ms);

/* j stays the caller's and must live until done() was called, which is never before this returns. Where the
 * system gives not even one thread, a job of LANE_NEAR or LANE_WALK runs here. */
void workers_submit(struct workers *w, struct job *j);

/* Whether there is a thread, or one can be had now: for whoever had better be refused than wait for one. */
bool workers_ready(struct workers *w);

/* Now and then, while jobs are at the workers: asks again for threads that could not be had before. */
void workers_tend(struct workers *w);

/* Takes back a job that nobody runs yet: then it is true, and done() will not be called. */
bool workers_cancel(struct workers *w, struct job *j);
