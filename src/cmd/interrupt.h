/* SIGINT, SIGTERM and SIGHUP as a descriptor to wait for, so that ferry can end in good order. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct interrupt {
    int fd; /* a signalfd: readable after a signal */
    sigset_t before;
};

/* Call it before threads are started, since they inherit the signal mask. Signals that are ignored (nohup, a
 * script's background job) stay ignored; a server leaves only SIGHUP ignored. False on failure, with the
 * reason in errno. */
bool interrupt_begin(struct interrupt *i, bool server);

/* Restores the handling of signals. If one came, ends the process by it, so that a shell sees which. */
void interrupt_end(struct interrupt *i);
