/* SIGINT, SIGTERM and SIGHUP as a descriptor to wait for. */
#include "client/stop.h"

#include "base/clock.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

bool stop_init(struct stop *s)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        /* Trap: a signal that is ignored (nohup) would still be delivered to a signalfd once it is
         * blocked. */
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, signals[i]);
    }
    s->signal = 0;
    sigprocmask(SIG_BLOCK, &set, &s->before);
    s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->fd >= 0;
}

bool stop_asked(struct stop *s)
{
    struct signalfd_siginfo info;
    if (s->signal == 0 && read(s->fd, &info, sizeof info) == (ssize_t)sizeof info)
        s->signal = (int)info.ssi_signo;
    return s->signal != 0;
}

bool stop_wait(struct stop *s, unsigned ms)
{
    uint64_t until = clock_ms() + ms;
    while (!stop_asked(s)) {
        uint64_t now = clock_ms();
        if (now >= until)
            return false;
        poll(&(struct pollfd){.fd = s->fd, .events = POLLIN}, 1, (int)(until - now));
    }
    return true;
}

void stop_end(struct stop *s)
{
    close(s->fd);
    if (s->signal != 0)
        signal(s->signal, SIG_DFL);
    sigprocmask(SIG_SETMASK, &s->before, NULL);
    if (s->signal != 0)
        raise(s->signal);
}
