/* SIGINT, SIGTERM and SIGHUP as a descriptor to wait for. */
#include "cmd/interrupt.h"

#include <sys/signalfd.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static bool is_ignored(int signal_number)
{
    struct sigaction now;
    return sigaction(signal_number, NULL, &now) < 0 || now.sa_handler == SIG_IGN;
}

bool interrupt_begin(struct interrupt *i, bool server)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t n = 0; n < sizeof signals / sizeof *signals; n++)
        /* Trap: a signal that is ignored would still be delivered to a signalfd once it is blocked. */
        if ((server && signals[n] != SIGHUP) || !is_ignored(signals[n]))
            sigaddset(&set, signals[n]);
    sigprocmask(SIG_BLOCK, &set, &i->before);
    i->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return i->fd >= 0;
}

void interrupt_end(struct interrupt *i)
{
    struct signalfd_siginfo info;
    bool came = read(i->fd, &info, sizeof info) == (ssize_t)sizeof info;
    close(i->fd);
    if (came)
        signal((int)info.ssi_signo, SIG_DFL);
    sigprocmask(SIG_SETMASK, &i->before, NULL);
    if (came)
        raise((int)info.ssi_signo);
}
