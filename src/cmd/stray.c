/* Signals that must not end a server. */
#include "cmd/stray.h"

#include <signal.h>
#include <stddef.h>

/* Left out: signals of our own bugs, SIGQUIT, with which a person asks for a core dump, and SIGXCPU, a
 * limit that somebody has set. SIGXFSZ is in: a log that may not grow is a failed write, no more. */
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
