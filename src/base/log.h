/* Lines to the operator, on stderr. Data never goes here, and chatter never goes to stdout. */
#pragma once

#include <stdbool.h>

/* Debug lines are written only once this is set, at start-up, before there are threads. */
extern bool log_verbose;

/* A line that stderr's reader has no room for is dropped, and the next one says how many were: for whoever
 * must not wait for a terminal that is held or a pipe that nobody reads. Set at start-up, too. */
extern bool log_never_waits;

/* One whole line, "ferry: " in front, written by one call so that lines of two threads do not mix. Whatever
 * in the arguments comes from outside must have gone through escape() (base/text.h). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
