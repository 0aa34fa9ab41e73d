/* What a signal means to a running server. */
#include "server/signals.h"

#include "base/log.h"
#include "server/process.h"
#include "server/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The first one lets what runs finish, the second one does not. */
static void stop(struct signals *s)
{
    struct server *server = s->server;
    bool second = s->draining;
    if (server->hurried)
        return;
    server->hurried = second;
    s->draining = true;
    unsigned clients = atomic_load(&server->clients);
    if (clients > 0 && !second && !server->quiet)
        log_line("stopping: %u connection%s may finish within %u s (once more to stop at once)", clients,
                 clients == 1 ? "" : "s", server->drain_ms / 1000);
    for (unsigned i = 0; i < server->shard_count; i++) {
        struct shard *shard = &server->shards[i];
        loop_post(&shard->loop, second ? &shard->hurry : &shard->drain);
    }
}

static void reload(struct server *s)
{
    if (s->log)
        access_log_reopen(s->log);
}

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Whoever closes the window in which a server runs wants it to end, and could not stop it any more. The
 * kernel tells the jobs in the foreground, and the shell, which is the session's leader, tells all of its
 * jobs. Anybody else means what SIGHUP means to a daemon. A server that leads its session itself is told by
 * the kernel once, and not at all while another SIGHUP is pending: whose it was does not count there. */
static bool window_was_closed(const struct signals *s, const struct signalfd_siginfo *info)
{
    pid_t leader = getsid(0);
    bool from_terminal = info->ssi_code == SI_KERNEL || (pid_t)info->ssi_pid == leader || leader == getpid();
    return from_terminal && !s->outlives_terminal && !has_terminal();
}

/* On the first loop. */
static void on_signal(struct watch *w, uint32_t events)
{
    struct signals *s = container_of(w, struct signals, watch);
    struct signalfd_siginfo info;
    (void)events;
    while (read(s->fd, &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGUSR1:
            reload(s->server);
            break;
        case SIGHUP:
            if (!window_was_closed(s, &info))
                reload(s->server);
            else if (!s->draining) /* The kernel and the shell both say it: that is no second signal. */
                stop(s);
            break;
        default:
            stop(s);
        }
    }
}

int signals_watch(struct signals *s, struct server *server)
{
    *s = (struct signals){.server = server, .watch.on_ready = on_signal};
    /* What is ignored still comes as an event once it is blocked. */
    s->outlives_terminal = process_ignores(SIGHUP) || !has_terminal();
    s->fd = process_open_signals();
    return s->fd >= 0 ? loop_watch(&server->shards[0].loop, s->fd, EPOLLIN, &s->watch) : s->fd;
}
