/* Reads a list of SOURCEs, one a line, as it comes. */
#include "client/list_file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define READ_BYTES (16 * 1024)

static enum status cannot_read(const struct list_file *l, struct err *e)
{
    return err_set(e, STATUS_LOCAL_DISK, "cannot read the list %s: %s", escape(slice_of(l->name)).text,
                   strerror(errno));
}

enum status list_file_open(struct list_file *l, const char *name, int fd, struct stop *stop, struct err *e)
{
    *l = (struct list_file){
        .fd = fd, .ours = fd < 0, .name = name, .stop = stop, .held = buf_new(LIST_LINE_MAX + READ_BYTES)};
    if (l->ours)
        l->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return l->fd >= 0 ? STATUS_DONE : cannot_read(l, e);
}

void list_file_close(struct list_file *l)
{
    if (l->ours && l->fd >= 0)
        close(l->fd);
    buf_free(&l->held);
}

/* False at the end, or with *e filled. Also waits for stop->fd, since read() alone would miss a stop. */
static bool read_more(struct list_file *l, struct err *e)
{
    struct pollfd p[] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->stop->fd, .events = POLLIN}};
    if (poll(p, 2, -1) < 0 && errno != EINTR)
        return cannot_read(l, e), false;
    if (stop_asked(l->stop))
        return false;
    if (!p[0].revents)
        return true;
    char *to = buf_reserve(&l->held, READ_BYTES);
    if (!to)
        return err_set(e, STATUS_FAILED, "out of memory"), false;
    ssize_t n = read(l->fd, to, READ_BYTES);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return cannot_read(l, e), false;
    if (n > 0)
        buf_grew(&l->held, (size_t)n);
    l->ended = n == 0;
    return true;
}

/* Removes the line end, also that of Windows. False if the line names nothing to fetch. */
static bool tidy(char *line, size_t n)
{
    if (n > 0 && line[n - 1] == '\n')
        n--;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
    return n > 0 && line[0] != '#';
}

const char *list_file_next(struct list_file *l, struct err *e)
{
    *e = (struct err){.status = STATUS_DONE};
    for (;;) {
        buf_consume(&l->held, l->given);
        l->given = 0;
        struct slice all = buf_slice(&l->held);
        const char *end = memchr(all.p, '\n', all.n);
        size_t n = end ? (size_t)(end - all.p) + 1 : all.n;
        if (n > LIST_LINE_MAX || memchr(all.p, 0, n)) {
            err_set(e, STATUS_USAGE,
                    "%s is not a list of SOURCEs, one a line: a line holds a NUL byte or is longer than %zu "
                    "bytes",
                    escape(slice_of(l->name)).text, LIST_LINE_MAX);
            return NULL;
        }
        if (!end && !l->ended) {
            if (!read_more(l, e))
                return NULL;
            continue;
        }
        if (n == 0)
            return NULL;
        /* Room for the NUL after a last line without a line end. */
        if (!end && !buf_reserve(&l->held, 1)) {
            err_set(e, STATUS_FAILED, "out of memory");
            return NULL;
        }
        l->given = n;
        char *line = l->held.base + l->held.start;
        if (tidy(line, n))
            return line;
    }
}
