/* The meaning of signals to a running server. */
#include "server/signals.h"

#include "base/log.h"
#include "server/process.h"
#include "server/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The first signal lets running transfers finish, the second one does not. */
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
        log_line("stopping: %u connection%s may finish within %u s (a second signal stops at once)", clients,
                 clients == 1 ? "" : "s", server->drain_ms / 1000);
    atomic_store(&server->stopping, true); /* before a loop can end: see hand_over() */
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

/* A person who closes the window in which a server runs wants it to end, and could not stop it any more.
 * SIGHUP then comes from the kernel, for the jobs in the foreground, and from the shell, the leader of the
 * session, for all its jobs. SIGHUP from anybody else has its meaning for daemons. A server that leads its
 * session gets the kernel's SIGHUP only once, and not at all while another one is pending; so then any
 * SIGHUP counts. */
static bool window_was_closed(const struct signals *s, const struct signalfd_siginfo *info)
{
    pid_t leader = getsid(0);
    bool from_terminal = info->ssi_code == SI_KERNEL || (pid_t)info->ssi_pid == leader || leader == getpid();
    return from_terminal && !s->outlives_terminal && !has_terminal();
}

/* Called on the first loop. */
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
            else if (!s->draining) /* the kernel and the shell both send it, which is not a second signal */
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
    /* An ignored signal is still delivered to a signalfd once it is blocked. */
    s->outlives_terminal = process_ignores(SIGHUP) || !has_terminal();
    s->fd = process_open_signals();
    return s->fd >= 0 ? loop_watch(&server->shards[0].loop, s->fd, EPOLLIN, &s->watch) : s->fd;
}
