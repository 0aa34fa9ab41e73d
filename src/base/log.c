/* Lines to the operator, on stderr. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

bool log_verbose;

static void write_line(const char *format, va_list args)
{
    int saved = errno;
    char line[2048];
    int n = snprintf(line, sizeof line, "ferry: ");
    n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    if ((size_t)n > sizeof line - 2)
        n = sizeof line - 2;
    line[n++] = '\n';
    /* Nobody is left to tell when this fails. */
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)n);
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
