/* Everything that a server changes in the process: signals, threads without signals, and an end without
 * cleaning up. */
#include "server/process.h"

#include "base/log.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t our_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1); /* also without a log: tools that rotate logs must not end a server */
    return set;
}

void process_begin(unsigned loops)
{
    sigset_t set = our_signals();
    /* By default the C library gives each worker a heap of its own (up to 8 a processor), and each of them
     * comes to be as large as the largest listing that was ever made in it. */
    mallopt(M_ARENA_MAX, loops > 1 ? (int)loops : 2);
    log_never_waits = true;
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int process_open_signals(void)
{
    sigset_t set = our_signals();
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

bool process_ignores(int signal_number)
{
    struct sigaction now;
    return sigaction(signal_number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int process_start_thread(pthread_t *ret, void *(*run)(void *), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(ret, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

void process_end(enum status status)
{
    _exit(status);
}
