/* Everything that a server changes in the process: signals, threads without signals, and an end without
 * cleaning up. */
#pragma once

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

/* Blocks the signals that have a meaning, lets no message wait for its reader, and lets all threads share as
 * many heaps as there are loops (two at least). Call it before there are other threads: each inherits the
 * mask, and a signal to a thread without it would end the process. */
void process_begin(unsigned loops);

/* A signalfd of these signals, or a negative errno. */
int process_open_signals(void);

/* Whether the signal was ignored at the start, as with nohup. */
bool process_ignores(int signal_number);

/* Starts a thread that gets no signals. Returns 0 or a negative errno. */
int process_start_thread(pthread_t *ret, void *(*run)(void *), void *arg);

/* Ends the process at once: other threads still run, and use what an orderly end would free. */
_Noreturn void process_end(enum status status);
