/* The three standard streams, as a process finds them when it starts. */
#pragma once

#include <stdbool.h>

/* Opens /dev/null over each of them that is closed, before anything else is opened: otherwise the next socket
 * or file takes its number, and what is printed goes into that. */
void standard_open(void);

/* False when stdout was closed at the start: what is written there goes nowhere, and no write says so. */
bool standard_has_output(void);
