/* An error message and the exit status that it leads to. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum status err_set(struct err *e, enum status status, const char *format, ...)
{
    va_list args;
    e->status = status;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return status;
}
