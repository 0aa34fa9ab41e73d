/* Sets up the process for every command, before anything else. */
#include "cmd/startup.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static bool output_missing;

/* Opens /dev/null on each standard stream that is closed, before anything else is opened: otherwise the next
 * socket or file gets that number, and output goes into it. */
static void open_missing_streams(void)
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

void startup(void)
{
    open_missing_streams();
    log_to(STDERR_FILENO);
    /* When a peer or the reader of a pipe goes away, the write fails; it must not end the program. */
    signal(SIGPIPE, SIG_IGN);
    /* A file that has reached its size limit (ulimit -f) is a failed write (EFBIG), too. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGIO, SIG_IGN); /* sent when somebody opens a file under a lease (content/settled.c) */
    /* Only for the width of characters; numbers and protocols keep the locale "C". */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
}

bool startup_has_output(void)
{
    return !output_missing;
}
