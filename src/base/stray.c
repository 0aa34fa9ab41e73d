/* Signals that mean nothing to a server. */
#include "base/stray.h"

#include <signal.h>
#include <stddef.h>

/* Not those that tell of a mistake of ours, nor SIGQUIT, with which a person asks for a core, nor SIGXCPU,
 * whose limit somebody has set. SIGXFSZ: a log that may not grow is a write that fails, and no more. */
static const int strays[] = {SIGALRM, SIGVTALRM, SIGPROF, SIGUSR2, SIGPOLL, SIGPWR, SIGSTKFLT, SIGXFSZ};

static void ignore(int signal_number)
{
    struct sigaction now;
    if (sigaction(signal_number, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        signal(signal_number, SIG_IGN);
}

void stray_signals_ignore(void)
{
    for (size_t i = 0; i < sizeof strays / sizeof *strays; i++)
        ignore(strays[i]);
    for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
        ignore(i);
}
