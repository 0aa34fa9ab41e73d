/* The progress bar of a command. */
#include "cmd/bar.h"

#include <stdlib.h>
#include <unistd.h>

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

struct progress bar_on_stderr(bool quiet)
{
    const char *term = getenv("TERM");
    bool terminal = isatty(STDERR_FILENO) && !(term && slice_eq(slice_of(term), SLICE("dumb")));
    return (struct progress){
        .fd = terminal ? STDERR_FILENO : -1, .colour = !is_set("NO_COLOR"), .quiet = quiet};
}
