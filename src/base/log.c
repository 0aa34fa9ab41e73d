/* Lines to the operator. */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

bool log_verbose, log_never_waits;
static int sink = -1;
static atomic_uint dropped;

void log_to(int fd)
{
    sink = fd;
}

/* POLLOUT on a pipe promises room for PIPE_BUF bytes, which is more than a line has. */
static bool would_wait(void)
{
    struct pollfd p = {.fd = sink, .events = POLLOUT};
    return poll(&p, 1, 0) == 0;
}

static void write_line(const char *format, va_list args)
{
    int saved = errno;
    char line[2048];
    if (sink < 0)
        return;
    if (log_never_waits && would_wait()) {
        atomic_fetch_add(&dropped, 1);
        return;
    }
    unsigned lost = atomic_exchange(&dropped, 0);
    int n = lost == 0
                ? snprintf(line, sizeof line, "ferry: ")
                : snprintf(line, sizeof line, "ferry: (%u lines were dropped here: nobody read them) ", lost);
    n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    if ((size_t)n > sizeof line - 2)
        n = sizeof line - 2;
    line[n++] = '\n';
    /* If this fails, there is nowhere left to report it. */
    ssize_t ignored = write(sink, line, (size_t)n);
    (void)ignored;
    errno = saved;
}

void log_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    if (!log_verbose)
        return;
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
}
