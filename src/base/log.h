/* Lines to the operator, on stderr. Data never goes here, and chatter never goes to stdout. */
#pragma once

#include <stdbool.h>

/* Debug lines are written only once this is set, at start-up, before there are threads. */
extern bool log_verbose;

/* One whole line, "ferry: " in front, written by one call so that lines of two threads do not mix. Whatever
 * in the arguments comes from outside must have gone through escape() (base/text.h). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
