/* One attempt in the plain dialect: a name and a newline go out, the file's bytes come, then the end. */
#include "client/plain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#define BLOCK_BYTES (1u << 20)
#define TURN_MS 100

/* What a server says that has no such file; there is no other sign. */
#define NO_FILE SLICE("File not found")

/* Finding a name's address cannot be interrupted, so that a thread does it: a signal need not wait for a name
 * server. Whoever is second to leave frees it. */
struct call {
    pthread_mutex_t lock;
    bool left; /* one of the two has gone */
    int done[2];
    char *host;
    uint16_t port;
    int timeout_ms;
    int fd;
    int why; /* errno as sock_connect() left it */
    struct err err;
};

static void call_leave(struct call *c)
{
    pthread_mutex_lock(&c->lock);
    bool last = c->left;
    c->left = true;
    pthread_mutex_unlock(&c->lock);
    if (!last)
        return;
    if (c->fd >= 0)
        close(c->fd);
    close(c->done[0]);
    close(c->done[1]);
    pthread_mutex_destroy(&c->lock);
    free(c->host);
    free(c);
}

static void *call_run(void *arg)
{
    struct call *c = arg;
    c->fd = sock_connect(c->host, c->port, c->timeout_ms, &c->err);
    c->why = errno;
    ssize_t ignored = write(c->done[1], "", 1);
    (void)ignored;
    call_leave(c);
    return NULL;
}

static struct call *call_start(const struct remote *remote, int timeout_ms)
{
    struct call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct call){.port = remote->port, .timeout_ms = timeout_ms, .fd = -1};
    c->host = strdup(remote->host);
    if (!c->host || pipe2(c->done, O_CLOEXEC) < 0) {
        free(c->host);
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_run, c) == 0) {
        pthread_detach(thread);
        return c;
    }
    call_leave(c);
    call_leave(c);
    return NULL;
}

/* What a wait for a descriptor ended with. */
enum waited {
    WAITED_READY,
    WAITED_STOPPED,
    WAITED_REFUSED,
    WAITED_TOO_LONG,
};

static enum waited wait_for(int fd, short events, uint64_t until, struct stop *stop, struct receiver *r)
{
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = stop->fd, .events = POLLIN}};
        poll(p, 2, TURN_MS);
        if (stop_asked(stop))
            return WAITED_STOPPED;
        if (!r->idle(r))
            return WAITED_REFUSED;
        if (p[0].revents)
            return WAITED_READY;
        if (clock_ms() >= until)
            return WAITED_TOO_LONG;
    }
}

/* What to answer for a wait that ended otherwise than well. */
static enum outcome waited_outcome(enum waited w, const struct remote *remote, unsigned timeout_s,
                                   struct receiver *r, struct err *e)
{
    switch (w) {
    case WAITED_STOPPED:
        return OUTCOME_STOPPED;
    case WAITED_REFUSED:
        *e = r->err;
        return r->outcome;
    case WAITED_TOO_LONG:
        err_set(e, STATUS_NETWORK, "%s: not a byte for %u seconds", escape(slice_of(remote->shown)).text,
                timeout_s);
        return OUTCOME_AGAIN;
    case WAITED_READY:
        break;
    }
    return OUTCOME_DONE;
}

static enum outcome connected(const struct reach *reach, struct stop *stop, const struct remote *remote,
                              struct receiver *r, int *ret_fd, struct err *e)
{
    struct call *c = call_start(remote, (int)reach->timeout_s * 1000);
    if (!c) {
        err_set(e, STATUS_FAILED, "cannot start a thread: %s", strerror(errno));
        return OUTCOME_FAILED;
    }
    /* sock_connect() has its own limit, for each address of the host. */
    enum waited w = wait_for(c->done[0], POLLIN, UINT64_MAX, stop, r);
    enum outcome outcome = waited_outcome(w, remote, reach->timeout_s, r, e);
    if (w == WAITED_READY && c->fd >= 0) {
        *ret_fd = TAKE_FD(c->fd);
    } else if (w == WAITED_READY) {
        *e = c->err;
        /* A host that has no address will have none in a second either. */
        outcome = c->why != 0 ? OUTCOME_AGAIN : OUTCOME_FAILED;
    }
    call_leave(c);
    return outcome;
}

static enum outcome broken(const struct remote *remote, struct err *e)
{
    err_set(e, STATUS_NETWORK, "%s: the connection was cut: %s", escape(slice_of(remote->shown)).text,
            strerror(errno));
    return OUTCOME_AGAIN;
}

/* The request fits into any socket's buffer, so that one call is enough. */
static bool ask(int fd, const struct remote *remote)
{
    char line[REMOTE_PLAIN_NAME_MAX + 2];
    size_t n = (size_t)snprintf(line, sizeof line, "%s\n", remote->name);
    return send(fd, line, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static enum outcome no_such_file(const struct remote *remote, struct err *e)
{
    err_set(e, STATUS_NOT_FOUND, "%s: no such file on the server", escape(slice_of(remote->shown)).text);
    return OUTCOME_FAILED;
}

/* Hands on what is held back, as the beginning of the file. */
static bool open_up(struct receiver *r, struct slice held)
{
    const struct answer a = {.code = 200, .place = ""};
    return r->begin(r, &a) && (held.n == 0 || r->take(r, held));
}

static enum outcome receive(int fd, const struct reach *reach, struct stop *stop, const struct remote *remote,
                            struct receiver *r, char *block, struct err *e)
{
    /* Until it is certain that it is no "File not found", everything stays in the block. */
    size_t held = 0;
    bool begun = false;
    for (;;) {
        enum waited w = wait_for(fd, POLLIN, clock_ms() + reach->timeout_s * 1000ull, stop, r);
        if (w != WAITED_READY)
            return waited_outcome(w, remote, reach->timeout_s, r, e);
        ssize_t n = recv(fd, block + held, BLOCK_BYTES - held, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0)
            return broken(remote, e);
        struct slice all = {block, held + (size_t)n};
        bool good = true;
        if (begun) {
            good = n == 0 || r->take(r, all);
        } else if (n == 0 && slice_eq(all, NO_FILE)) {
            return no_such_file(remote, e);
        } else if (n == 0 || !slice_starts(NO_FILE, all)) {
            good = open_up(r, all);
            begun = true;
        } else {
            held = all.n;
            continue;
        }
        if (!good) {
            *e = r->err;
            return r->outcome;
        }
        held = 0;
        if (n == 0)
            return OUTCOME_DONE;
    }
}

enum outcome plain_attempt(const struct reach *reach, struct stop *stop, const struct remote *remote,
                           struct receiver *r, struct err *e)
{
    AUTO_CLOSE int fd = -1;
    AUTO_FREE char *block = malloc(BLOCK_BYTES);
    if (!block) {
        err_set(e, STATUS_FAILED, "out of memory");
        return OUTCOME_FAILED;
    }
    enum outcome outcome = connected(reach, stop, remote, r, &fd, e);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!ask(fd, remote))
        return broken(remote, e);
    return receive(fd, reach, stop, remote, r, block, e);
}
