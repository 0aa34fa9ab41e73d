/* Threads for what may block: a disk, a name server, a hash. No loop ever waits; it submits a job. */
#pragma once

#include "io/loop.h"

struct workers;

struct job {
    void (*run)(struct job *j);  /* on a worker */
    void (*done)(struct job *j); /* afterwards, on the home loop */
    struct loop *home;
    struct task task;
};

/* At most max_threads, started when there is work that no idle thread takes and ended when they have had none
 * for a while. NULL when memory ran out. */
struct workers *workers_new(unsigned max_threads);

/* Waits for the jobs that run and drops those that wait. No loop may use the pool any more. */
void workers_free(struct workers *w);

/* j stays the caller's and must live until done() was called. */
void workers_submit(struct workers *w, struct job *j);
