/* The served folder: a name resolves inside of it, or not at all. The kernel decides, so no string check can
 * be fooled. */
#include "content/root.h"

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

/* The folder that a real path leads to, or that it is in; then *ret_file is its name there. A negative errno,
 * -EINVAL when it is neither a folder nor a file that may be read. */
static int open_folder(char *real, struct stat *ret_stat, const char **ret_file)
{
    *ret_file = NULL;
    if (stat(real, ret_stat) < 0)
        return -errno;
    if (!S_ISDIR(ret_stat->st_mode)) {
        if (!S_ISREG(ret_stat->st_mode))
            return -EINVAL;
        if (access(real, R_OK) < 0)
            return -errno;
        *ret_file = strrchr(real, '/') + 1;
    }
    if (*ret_file) { /* The path in front of it stays, but for one of the root itself. */
        size_t len = (size_t)(*ret_file - real);
        AUTO_FREE char *folder = strndup(real, len);
        int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        return dir >= 0 ? dir : -errno;
    }
    int dir = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir >= 0 ? dir : -errno;
}

int root_init(struct root *r, const char *path, bool show_hidden)
{
    struct stat st;
    const char *file;
    *r = (struct root){.dir = -1, .nothing = -1, .show_hidden = show_hidden};
    AUTO_FREE char *real = realpath(path, NULL);
    if (!real)
        return -errno;
    AUTO_CLOSE int dir = open_folder(real, &st, &file);
    if (dir < 0)
        return dir;
    if (file) {
        if (root_makes_up(dir))
            return -ENODATA;
        /* The name that was typed is the public one, wherever a link leads. */
        const char *typed = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (strlen(typed) > NAME_MAX || strlen(file) > NAME_MAX)
            return -ENAMETOOLONG;
        strcpy(r->only, typed);
        strcpy(r->only_file, file);
    }
    /* Asked now, so that a kernel without it, or a sandbox that forbids it, is an error at the start and not
     * a 404 for every name. */
    int probe = open_beneath(dir, ".", TO_READ, 0);
    if (probe < 0)
        return probe == -ENOSYS || probe == -EPERM ? -ENOTSUP : probe;
    close(probe);
    int error = anchor_init(&r->anchor, path);
    r->lock = error == 0 ? malloc(sizeof *r->lock) : NULL;
    if (!r->lock) {
        anchor_free(&r->anchor);
        return error < 0 ? error : -ENOMEM;
    }
    pthread_mutex_init(r->lock, NULL);
    anchor_drop(&r->anchor, &st);
    r->nothing = open("/dev/null", O_PATH | O_CLOEXEC);
    r->kind = kind_of(dir);
    r->ctime_tells = ctime_tells(dir);
    r->dir = TAKE_FD(dir);
    return 0;
}

void root_free(struct root *r)
{
    if (r->dir < 0)
        return;
    close(r->dir);
    if (r->nothing >= 0)
        close(r->nothing);
    r->dir = r->nothing = -1;
    anchor_free(&r->anchor);
    pthread_mutex_destroy(r->lock);
    free(r->lock);
}

/* Under the lock. Whoever asks meanwhile has one or the other, as the descriptor's number stays; and takes it
 * for a slow one until it is known what it is. */
static void put_behind(struct root *r, int dir, enum fs_kind kind, bool tells)
{
    r->kind = FS_SLOW;
    r->ctime_tells = false;
    dup3(dir, r->dir, O_CLOEXEC);
    r->ctime_tells = tells;
    r->kind = kind;
    atomic_fetch_add(&r->anchor.changes, 1);
}

/* Whether an error says that the name leads nowhere; others are of the moment. */
static bool leads_nowhere(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EINVAL;
}

void root_look_again(struct root *r)
{
    struct anchor *a = &r->anchor;
    struct stat st;
    const char *file = NULL;
    AUTO_FREE char *real = realpath(a->path, NULL);
    AUTO_CLOSE int dir = real ? open_folder(real, &st, &file) : -errno;
    /* It was a folder and is a file now, or the other way round. */
    int error = dir < 0 ? dir : !file == !!r->only[0] ? -ENOTDIR : 0;
    enum fs_kind kind = error == 0 ? kind_of(dir) : FS_SLOW;
    bool tells = error == 0 && ctime_tells(dir);
    pthread_mutex_lock(r->lock); /* Not before: what is above may never come back. */
    bool rests = atomic_load(&a->resting);
    if (error < 0) {
        atomic_store(&a->gone, rests || leads_nowhere(error));
    } else {
        if (file && strlen(file) <= NAME_MAX)
            strcpy(r->only_file, file);
        if (rests || file || st.st_dev != atomic_load(&a->dev) || st.st_ino != atomic_load(&a->ino))
            put_behind(r, dir, kind, tells);
        anchor_drop(a, &st);
        atomic_store(&a->gone, false);
        atomic_store(&a->resting, false);
    }
    pthread_mutex_unlock(r->lock);
}

void root_rest(struct root *r, const atomic_uint *users)
{
    if (r->nothing < 0)
        return;
    pthread_mutex_lock(r->lock);
    bool rested = atomic_exchange(&r->anchor.resting, true);
    if (!rested && atomic_load(users) > 0)
        atomic_store(&r->anchor.resting, false);
    else if (!rested)
        put_behind(r, r->nothing, FS_SLOW, false);
    pthread_mutex_unlock(r->lock);
}

const char *root_on_disk(const struct root *r, const char *name, char room[NAME_MAX + 1])
{
    if (!r->only[0])
        return name;
    pthread_mutex_lock(r->lock);
    strcpy(room, r->only_file);
    pthread_mutex_unlock(r->lock);
    return room;
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
    char room[NAME_MAX + 1];
    if (r->only[0])
        return slice_eq(entry_name, slice_of(root_on_disk(r, r->only, room)));
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
    char room[NAME_MAX + 1];
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    if (name.n >= PATH_MAX)
        return -ENAMETOOLONG;
    if (memchr(name.p, '\0', name.n))
        return -ENOENT;
    if (r->only[0] && name.n > 0) {
        if (!slice_eq(name, slice_of(r->only)))
            return -ENOENT;
        name = slice_of(root_on_disk(r, r->only, room));
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
