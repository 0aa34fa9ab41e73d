/* Messages for the operator. One sink for the whole process, because a loop, a worker or the access log's
 * thread has no caller to return a message to, and messages of two threads must not mix. cmd/ decides where
 * they go. Data never goes there. */
#pragma once

#include <stdbool.h>

/* Writes messages to fd from now on (stderr, in the program); until this is called they are dropped. Call it
 * at the start, before there are threads. */
void log_to(int fd);

/* Enables debug messages. Set it at the start, before there are threads. */
extern bool log_verbose;

/* Drops a message that the sink has no room for, and lets the next one say how many were dropped: for a
 * process that must not wait for a stopped terminal or for a pipe that nobody reads. Set it at the start,
 * too. */
extern bool log_never_waits;

/* Writes "ferry: ", the message and a newline in one call, so that messages of two threads do not mix.
 * Arguments that come from outside must have gone through escape() (base/text.h). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
