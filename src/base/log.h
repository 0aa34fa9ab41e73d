/* Messages for the operator, on stderr. Data never goes to stderr, and messages never go to stdout. */
#pragma once

#include <stdbool.h>

/* Enables debug messages. Set it at the start, before there are threads. */
extern bool log_verbose;

/* Drops a message that stderr has no room for, and lets the next one say how many were dropped: for a
 * process that must not wait for a stopped terminal or for a pipe that nobody reads. Set it at the start,
 * too. */
extern bool log_never_waits;

/* Writes "ferry: ", the message and a newline in one call, so that messages of two threads do not mix.
 * Arguments that come from outside must have gone through escape() (base/text.h). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
