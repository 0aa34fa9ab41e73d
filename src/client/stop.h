/* SIGINT, SIGTERM and SIGHUP as something to wait for, so that an end from outside is an orderly one. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct stop {
    int fd; /* readable once a signal came */
    int signal;
    sigset_t before;
};

/* Threads that are started later inherit the mask, so this comes first. False: errno says why. */
bool stop_init(struct stop *s);

/* Whether one has come, now or earlier. */
bool stop_asked(struct stop *s);

/* Waits for `ms`; true as soon as one comes. */
bool stop_wait(struct stop *s, unsigned ms);

/* Back to how signals were. When one had come, ends the process by it, so that a shell sees what it sent. */
void stop_end(struct stop *s);
