/* The three standard streams, as a process finds them at its start. */
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
        /* open() uses the lowest free number, which is the closed stream's. A sandbox without /dev has at
         * least a folder: it occupies the number, and every read and write of it fails. */
        if (open("/dev/null", O_RDWR) < 0 && open("/", O_PATH) < 0)
            abort();
    }
}

bool standard_has_output(void)
{
    return !output_missing;
}
