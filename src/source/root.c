/* The served folder: a name resolves inside of it, or not at all. The kernel decides, so no string check can
 * be fooled. */
#include "source/root.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* Local file systems whose magic numbers linux/magic.h does not have. */
enum { XFS = 0x58465342, ZFS = 0x2fc12fc1, BCACHEFS = 0xca451a4e, VFAT = MSDOS_SUPER_MAGIC };
/* And of one of the kernel's own. */
enum { CONFIGFS = 0x62656570 };

/* 0 when it cannot be told. */
static unsigned long magic_of(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 ? (unsigned long)fs.f_type & 0xffffffff : 0;
}

/* That a rename, and what takes a file's name away, sets the file's ctime is their habit and no law
 * (rename(2) in POSIX leaves it open): these were looked at. */
static bool ctime_tells(int fd)
{
    switch (magic_of(fd)) {
    case TMPFS_MAGIC:
    case EXT4_SUPER_MAGIC:
    case XFS:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

static enum fs_kind kind_of(int fd)
{
    switch (magic_of(fd)) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
        return FS_MEMORY;
    case EXT4_SUPER_MAGIC:
    case XFS:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case ZFS:
    case BCACHEFS:
    case VFAT:
    case EXFAT_SUPER_MAGIC:
    case ISOFS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case EROFS_SUPER_MAGIC_V1:
        return FS_LOCAL;
    case OVERLAYFS_SUPER_MAGIC:
        return FS_LAYERS;
    default:
        return FS_SLOW;
    }
}

bool root_makes_up(int fd)
{
    switch (magic_of(fd)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case SELINUX_MAGIC:
    case SMACK_MAGIC:
    case BPF_FS_MAGIC:
    case BINFMTFS_MAGIC:
    case CONFIGFS:
        return true;
    default:
        return false;
    }
}

/* O_NONBLOCK: opening a FIFO must not wait for its other end. O_NOCTTY: nor may a terminal become ours. */
#define TO_READ (O_RDONLY | O_NONBLOCK | O_NOCTTY)

static int open_beneath(int dir, const char *name, int flags, uint64_t resolve)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
    };
    int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
    return fd >= 0 ? fd : -errno;
}

/* The kernel gives up on a name with ".." in it (a link's) when anything on the machine was renamed or
 * mounted meanwhile, and says EAGAIN. Beside somebody who does nothing but rename, every other look ends so.
 */
#define RACE_TRIES 1000
/* Then whoever renames is let run first. */
#define RACE_TRIES_AT_ONCE 16

static int open_beneath_at_last(int dir, const char *name, int flags)
{
    int fd = -EAGAIN;
    for (int i = 0; i < RACE_TRIES && fd == -EAGAIN; i++) {
        if (i >= RACE_TRIES_AT_ONCE)
            sched_yield();
        fd = open_beneath(dir, name, flags, 0);
    }
    return fd == -EAGAIN ? -EBUSY : fd;
}

bool root_says_gone(int error)
{
    switch (-error) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
    case ENAMETOOLONG:
    case EILSEQ: /* a name that this file system cannot hold */
    case ENODATA:
        return true;
    default:
        return false;
    }
}

int root_init(struct root *r, const char *path, bool show_hidden)
{
    struct stat st;
    *r = (struct root){.dir = -1, .show_hidden = show_hidden};
    AUTO_FREE char *real = realpath(path, NULL);
    if (!real || stat(real, &st) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode)) {
        if (!S_ISREG(st.st_mode))
            return -EINVAL;
        if (access(real, R_OK) < 0)
            return -errno;
        /* The name that was typed is the public one, wherever a link leads. */
        const char *typed = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        char *slash = strrchr(real, '/');
        if (strlen(typed) > NAME_MAX || strlen(slash + 1) > NAME_MAX)
            return -ENAMETOOLONG;
        strcpy(r->only, typed);
        strcpy(r->only_file, slash + 1);
        slash[slash == real ? 1 : 0] = '\0';
    }
    AUTO_CLOSE int dir = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    if (r->only[0] && root_makes_up(dir))
        return -ENODATA;
    /* Asked now, so that a kernel without it, or a sandbox that forbids it, is an error at the start and not
     * a 404 for every name. */
    int probe = open_beneath(dir, ".", TO_READ, 0);
    if (probe < 0)
        return probe == -ENOSYS || probe == -EPERM ? -ENOTSUP : probe;
    close(probe);
    r->kind = kind_of(dir);
    r->ctime_tells = ctime_tells(dir);
    r->dir = TAKE_FD(dir);
    return 0;
}

void root_free(struct root *r)
{
    if (r->dir >= 0)
        close(r->dir);
    r->dir = -1;
}

static bool has_hidden_part(struct slice name)
{
    struct slice part;
    while (slice_cut(&name, '/', &part))
        if (part.n > 0 && part.p[0] == '.' && !slice_eq(part, SLICE(".")) && !slice_eq(part, SLICE("..")))
            return true;
    return false;
}

bool root_shows(const struct root *r, struct slice entry_name)
{
    if (r->only[0])
        return slice_eq(entry_name, slice_of(r->only_file));
    return r->show_hidden || !has_hidden_part(entry_name);
}

/* A call on a file system that is mounted below the folder may wait for ever, even fstat(); RESOLVE_NO_XDEV
 * is the free way to keep off those. */
static int open_within(const struct root *r, const char *name, uint64_t resolve)
{
    if (r->kind == FS_SLOW)
        return -EAGAIN;
    int fd = open_beneath(r->dir, name, TO_READ, RESOLVE_NO_XDEV | resolve);
    /* EXDEV is another mount, or a way out: only who goes there can tell which. EINVAL: before Linux 5.12
     * there is no RESOLVE_CACHED. */
    return fd == -EXDEV || fd == -EINVAL ? -EAGAIN : fd;
}

/* Memory never waits; and of what is not there it keeps no note, for which a cached look would ask. */
static uint64_t cached(const struct root *r)
{
    return r->kind == FS_MEMORY ? 0 : RESOLVE_CACHED;
}

static int open_reach(const struct root *r, const char *name, enum reach reach)
{
    switch (reach) {
    case REACH_CACHED:
        return open_within(r, name, cached(r));
    case REACH_OWN:
        return open_within(r, name, 0);
    case REACH_ANYWHERE:
        return open_beneath_at_last(r->dir, name, TO_READ);
    }
    __builtin_unreachable();
}

/* Takes fd, also when it is a negative errno. */
static int check_opened(int opened, struct stat *ret_stat)
{
    AUTO_CLOSE int fd = opened;
    if (fd < 0)
        return fd == -ENXIO || fd == -ENODEV ? -EACCES : fd; /* a socket, or a device without a driver */
    if (fstat(fd, ret_stat) < 0)
        return -errno;
    if (!S_ISREG(ret_stat->st_mode) && !S_ISDIR(ret_stat->st_mode))
        return -EACCES;
    return TAKE_FD(fd);
}

/* The path of a name inside the folder. 0 or a negative errno. */
static int path_of(const struct root *r, struct slice name, char path[PATH_MAX])
{
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    if (name.n >= PATH_MAX)
        return -ENAMETOOLONG;
    if (memchr(name.p, '\0', name.n))
        return -ENOENT;
    if (r->only[0] && name.n > 0) {
        if (!slice_eq(name, slice_of(r->only)))
            return -ENOENT;
        name = slice_of(r->only_file);
    } else if (!r->show_hidden && has_hidden_part(name)) {
        return -ENOENT;
    }
    if (name.n == 0)
        name = SLICE(".");
    memcpy(path, name.p, name.n);
    path[name.n] = '\0';
    return 0;
}

int root_open(const struct root *r, struct slice name, enum reach reach, struct stat *ret_stat,
              enum fs_kind *ret_kind)
{
    char path[PATH_MAX];
    int fd = path_of(r, name, path);
    if (fd == 0)
        fd = check_opened(open_reach(r, path, reach), ret_stat);
    if (fd < 0)
        return fd;
    *ret_kind = reach == REACH_ANYWHERE ? kind_of(fd) : r->kind;
    /* Of what is nearer the whole file system is known, and it is none of these. */
    if (*ret_kind == FS_SLOW && S_ISREG(ret_stat->st_mode) && root_makes_up(fd)) {
        close(fd);
        return -ENODATA;
    }
    return fd;
}

int root_open_straight(const struct root *r, struct slice name, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    char path[PATH_MAX];
    int fd = path_of(r, name, path);
    *ret_kind = r->kind;
    return fd == 0 ? check_opened(open_within(r, path, cached(r) | RESOLVE_NO_SYMLINKS), ret_stat) : fd;
}

int root_open_mark(const struct root *r, struct slice name, struct stat *ret_stat)
{
    char path[PATH_MAX];
    int error = path_of(r, name, path);
    if (error < 0)
        return error;
    AUTO_CLOSE int fd =
        open_beneath(r->dir, path, O_PATH, RESOLVE_CACHED | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
    if (fd < 0)
        return fd;
    return fstat(fd, ret_stat) == 0 ? TAKE_FD(fd) : -errno;
}

int root_stat(const struct root *r, const char *name, struct stat *ret)
{
    AUTO_CLOSE int fd = open_beneath_at_last(r->dir, name, O_PATH);
    if (fd < 0)
        return fd;
    return fstat(fd, ret) == 0 ? 0 : -errno;
}
