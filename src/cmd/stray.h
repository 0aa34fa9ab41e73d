/* Signals that must not end a server. */
#pragma once

/* Ignores each of them that would end the process, unless it has a handler (a profiler's, for example). */
void stray_signals_ignore(void);
