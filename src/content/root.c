/* The served folder: a name is resolved inside it or not at all. The kernel enforces that, so no string
 * check can be fooled. */
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

/* Magic numbers of local file systems that linux/magic.h lacks. */
enum { XFS = 0x58465342, ZFS = 0x2fc12fc1, BCACHEFS = 0xca451a4e, VFAT = MSDOS_SUPER_MAGIC };
/* And of a file system of the kernel itself. */
enum { CONFIGFS = 0x62656570 };

/* 0 if it is unknown. */
static unsigned long magic_of(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 ? (unsigned long)fs.f_type & 0xffffffff : 0;
}

/* POSIX leaves open whether rename() and unlink() set the file's ctime (rename(2)). These file systems do:
 * we checked them. */
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

enum fs_kind root_fs_kind(int fd)
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

/* O_NONBLOCK: opening a FIFO must not wait for its other end. O_NOCTTY: a terminal must not become ours. */
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

/* For a path with ".." (from a link), the kernel answers EAGAIN if anything on the machine was renamed or
 * mounted meanwhile. Beside a process that does nothing but rename, every second attempt fails. */
#define RACE_TRIES 1000
/* After so many attempts, let the renaming process run first. */
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
    case EILSEQ: /* the file system cannot have such a name */
    case ENODATA:
        return true;
    default:
        return false;
    }
}

/* Opens the folder that a real path leads to, or that the file is in; then *ret_file is the file's name
 * there. Returns a negative errno; -EINVAL if it is neither a folder nor a readable file. */
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
    if (*ret_file) { /* Cut the path before the file's name; the slash of the root stays. */
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
        /* The typed name is the public one, wherever a link leads. */
        const char *typed = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (strlen(typed) > NAME_MAX || strlen(file) > NAME_MAX)
            return -ENAMETOOLONG;
        strcpy(r->only, typed);
        strcpy(r->only_file, file);
    }
    /* Test openat2() now, so that a missing call or a sandbox that forbids it is an error at the start, not
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
    r->kind = root_fs_kind(dir);
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

/* Called with the lock held. The number of the descriptor stays the same, so other threads see either the
 * old or the new folder; they treat it as a slow one until its kind is known. */
static void put_behind(struct root *r, int dir, enum fs_kind kind, bool tells)
{
    r->kind = FS_SLOW;
    r->ctime_tells = false;
    dup3(dir, r->dir, O_CLOEXEC);
    r->ctime_tells = tells;
    r->kind = kind;
    atomic_fetch_add(&r->anchor.changes, 1);
}

/* Whether the error says that the name leads nowhere; other errors are temporary. */
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
    /* A folder has become a file, or a file a folder. */
    int error = dir < 0 ? dir : !file == !!r->only[0] ? -ENOTDIR : 0;
    enum fs_kind kind = error == 0 ? root_fs_kind(dir) : FS_SLOW;
    bool tells = error == 0 && ctime_tells(dir);
    pthread_mutex_lock(r->lock); /* Lock only here: the calls above may never return. */
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

/* Any call on a file system that is mounted below the folder may block for ever, even fstat().
 * RESOLVE_NO_XDEV avoids these at no cost. */
static int open_within(const struct root *r, const char *name, uint64_t resolve)
{
    if (r->kind == FS_SLOW)
        return -EAGAIN;
    int fd = open_beneath(r->dir, name, TO_READ, RESOLVE_NO_XDEV | resolve);
    /* EXDEV: another mount or a way out, which only a look-up that may go there can tell apart. EINVAL:
     * before Linux 5.12 there is no RESOLVE_CACHED. */
    return fd == -EXDEV || fd == -EINVAL ? -EAGAIN : fd;
}

/* tmpfs never blocks. It keeps no negative dentries, so RESOLVE_CACHED would fail for a missing name. */
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

/* `opened` is a descriptor, which is closed on failure, or a negative errno. */
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

/* The path of a name inside the folder. Returns 0 or a negative errno. */
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
    *ret_kind = reach == REACH_ANYWHERE ? root_fs_kind(fd) : r->kind;
    /* Files of faster kinds are on a file system that was identified, and does not make them up. */
    if (*ret_kind == FS_SLOW && S_ISREG(ret_stat->st_mode) && root_makes_up(fd)) {
        close(fd);
        return -ENODATA;
    }
    return fd;
}

int root_open_below(const struct root *r, struct slice folder, struct slice path, struct stat *ret_stat,
                    enum fs_kind *ret_kind)
{
    char name[PATH_MAX];
    size_t n = folder.n + 1 + path.n;
    if (n > sizeof name)
        return -ENAMETOOLONG;
    memcpy(name, folder.p, folder.n);
    name[folder.n] = '/';
    memcpy(name + folder.n + 1, path.p, path.n);
    return root_open(r, (struct slice){name, n}, REACH_ANYWHERE, ret_stat, ret_kind);
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
