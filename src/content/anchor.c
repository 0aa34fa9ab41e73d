/* Checks whether the served folder's name still means the folder that is open. */
#include "content/anchor.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int anchor_init(struct anchor *a, const char *path)
{
    char here[PATH_MAX] = "";
    *a = (struct anchor){.path = NULL};
    if (path[0] != '/' && !getcwd(here, sizeof here))
        return -errno;
    if (asprintf(&a->path, "%s%s%s", here, path[0] == '/' ? "" : "/", path) < 0) {
        a->path = NULL;
        return -ENOMEM;
    }
    return 0;
}

void anchor_free(struct anchor *a)
{
    free(a->path);
    a->path = NULL;
}

void anchor_drop(struct anchor *a, const struct stat *st)
{
    atomic_store(&a->dev, st->st_dev);
    atomic_store(&a->ino, st->st_ino);
}

/* This look-up may cross any file system, so one that may never answer is not asked: neither for the path
 * (RESOLVE_CACHED) nor for the numbers (AT_STATX_DONT_SYNC). */
bool anchor_holds(const struct anchor *a)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    struct statx st;
    if (atomic_load(&a->gone) || atomic_load(&a->resting))
        return false;
    AUTO_CLOSE int fd = (int)syscall(SYS_openat2, AT_FDCWD, a->path, &how, sizeof how);
    return fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 &&
           st.stx_ino == atomic_load(&a->ino) &&
           makedev(st.stx_dev_major, st.stx_dev_minor) == atomic_load(&a->dev);
}
