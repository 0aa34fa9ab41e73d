/* The three standard streams, as a process finds them at its start. */
#pragma once

#include <stdbool.h>

/* Opens /dev/null on each standard stream that is closed. Call it before anything else is opened: otherwise
 * the next socket or file gets that number, and output goes into it. */
void standard_open(void);

/* False if stdout was closed at the start: output is lost then, and no write reports an error. */
bool standard_has_output(void);
