/* Signals that mean nothing to a server. */
#pragma once

/* Ignores each of them that would end the process, unless somebody (a profiler) has a use for it. */
void stray_signals_ignore(void);
