/* Chooses the names of a part file and its companions, and locks it; never takes a file of somebody else. */
#include "client/claim.h"

#include "base/cleanup.h"
#include "client/disk.h"
#include "client/info.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

enum beside claim_whose(int dir, const char *name)
{
    char beginning[64];
    struct stat st;
    AUTO_CLOSE int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? BESIDE_NOTHING : BESIDE_OTHERS;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return BESIDE_OTHERS;
    ssize_t n = read(fd, beginning, sizeof beginning);
    return n >= 0 && info_is_ours((struct slice){beginning, (size_t)n}) ? BESIDE_OURS : BESIDE_OTHERS;
}

/* name_part() left room for the ending. */
static void companion(char out[NAME_SIZE], const char *name, const char *ending)
{
    size_t n = strlen(name), more = strlen(ending);
    memcpy(out, name, n);
    memcpy(out + n, ending, more + 1);
}

bool claim_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Returns the descriptor, or a negative errno. */
static int open_locked(const struct claim *c, int dir, mode_t mode)
{
    for (;;) {
        AUTO_CLOSE int fd =
            openat(dir, c->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
        struct stat mine, named;
        if (fd < 0)
            return -errno;
        /* Some file systems have no locks; there, running one ferry at a time is up to the user. */
        if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
            return -EWOULDBLOCK;
        if (fstat(fd, &mine) < 0)
            return -errno;
        if (!S_ISREG(mine.st_mode))
            return -EINVAL;
        /* While we waited, the last owner of the lock may have renamed the file into place: the locked file
         * must still be the one with this name. */
        bool there = fstatat(dir, c->part, &named, AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && errno != ENOENT)
            return -errno;
        if (there && claim_same_file(&named, &mine))
            return TAKE_FD(fd);
    }
}

void claim_names(struct claim *c, const char *target, unsigned n)
{
    name_part(target, n, c->part);
    companion(c->info, c->part, ".info");
    companion(c->fresh, c->info, ".new");
}

/* Opens the part under its current name, if it is ours. An info file is made before its part and removed
 * after it, so a part without info belongs to somebody else, as does one with a second name (hard link).
 * Returns the descriptor, -EEXIST if it is somebody else's, or another negative errno. */
static int claim_one(struct claim *c, int dir, mode_t mode)
{
    struct stat st;
    bool there = fstatat(dir, c->part, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT) /* It may exist all the same, and be somebody else's. */
        return -errno;
    if (there && !S_ISREG(st.st_mode))
        return -EINVAL;
    enum beside info = claim_whose(dir, c->info);
    if (info == BESIDE_OTHERS || claim_whose(dir, c->fresh) == BESIDE_OTHERS ||
        (there && (info == BESIDE_NOTHING || st.st_nlink > 1)))
        return -EEXIST;
    /* If the disk is too full even for the info, continue without it; the first write will fail soon. */
    AUTO_CLOSE int fd = -1;
    if (info == BESIDE_NOTHING)
        fd = openat(dir, c->info, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        disk_write(fd, info_claim());
    c->known = info == BESIDE_OURS;
    int part = open_locked(c, dir, mode);
    if (part < 0 && part != -EWOULDBLOCK && fd >= 0)
        unlinkat(dir, c->info, 0);
    return part;
}

int claim(struct claim *c, int dir, const char *target, mode_t mode)
{
    int part = -EEXIST;
    for (unsigned n = 1; n <= NAME_PARTS && part == -EEXIST; n++) {
        claim_names(c, target, n);
        part = claim_one(c, dir, mode);
    }
    return part;
}
