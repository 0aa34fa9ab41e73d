/* Connects on a thread of its own. */
#include "client/call.h"

#include "base/cleanup.h"
#include "io/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

/* Freed by whoever leaves second: the thread or the caller. */
struct call {
    pthread_mutex_t lock;
    bool left; /* one of the two has left */
    int done[2];
    char *host;
    uint16_t port;
    int timeout_ms;
    int fd;
    int why; /* errno as dial() left it */
    struct err err;
};

void call_leave(struct call *c)
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
    c->fd = dial(c->host, c->port, c->timeout_ms, &c->err);
    c->why = errno;
    ssize_t ignored = write(c->done[1], "", 1);
    (void)ignored;
    call_leave(c);
    return NULL;
}

struct call *call_start(const char *host, uint16_t port, int timeout_ms)
{
    struct call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct call){.port = port, .timeout_ms = timeout_ms, .fd = -1};
    c->host = strdup(host);
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

int call_done(const struct call *c)
{
    return c->done[0];
}

int call_take(struct call *c, int *ret_why, struct err *e)
{
    *ret_why = c->why;
    if (c->fd < 0)
        *e = c->err;
    return TAKE_FD(c->fd);
}
