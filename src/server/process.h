/* All that a server asks of the whole process: signals, threads that get none, and an end that frees nothing.
 */
#pragma once

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

/* Blocks the signals that mean something, and no message waits for its reader from now on. Before there is
 * any other thread: each inherits the mask, and one that lacked it would be ended by the signal, with all of
 * us. */
void process_begin(void);

/* A descriptor of the signals that mean something (signalfd), or a negative errno. */
int process_open_signals(void);

/* Whether the signal was ignored before we came, as nohup does it. */
bool process_ignores(int signal_number);

/* A thread that no signal interrupts. 0 or a negative errno. */
int process_start_thread(pthread_t *ret, void *(*run)(void *), void *arg);

/* At once: other threads still run, and what an orderly end frees is theirs. */
_Noreturn void process_end(enum status status);
