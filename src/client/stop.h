/* SIGINT, SIGTERM and SIGHUP as a descriptor to wait for, so that ferry can end in good order. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct stop {
    int fd; /* readable after a signal */
    int signal;
    sigset_t before;
};

/* Call it before threads are started, since they inherit the signal mask. False on failure, with the reason
 * in errno. */
bool stop_init(struct stop *s);

/* Whether a signal has come, now or earlier. */
bool stop_asked(struct stop *s);

/* Waits for `ms`; returns true as soon as a signal comes. */
bool stop_wait(struct stop *s, unsigned ms);

/* Restores the handling of signals. If one came, ends the process by it, so that a shell sees which. */
void stop_end(struct stop *s);
