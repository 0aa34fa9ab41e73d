/* Sets up the process for every command, before anything else. */
#pragma once

#include <stdbool.h>

/* Standard streams, ignored signals, the locale, and stderr for messages. The first call of main(). */
void startup(void);

/* False if stdout was closed at the start: output is lost then, and no write reports an error. */
bool startup_has_output(void);
