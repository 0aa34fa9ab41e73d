/* The three standard streams, as a process finds them when it starts. */
#include "base/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool output_missing;

void standard_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        output_missing |= fd == STDOUT_FILENO;
        /* The lowest free number is this one. A sandbox without /dev has a folder at least: it takes the
         * number, and each read and write of it fails. */
        if (open("/dev/null", O_RDWR) < 0 && open("/", O_PATH) < 0)
            abort();
    }
}

bool standard_has_output(void)
{
    return !output_missing;
}
