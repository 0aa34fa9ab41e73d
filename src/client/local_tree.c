/* The local side of a tree. */
#include "client/local_tree.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A batch: one flush for so many files or bytes. The second bounds what a power cut costs. */
#define BATCH_FILES 1000
#define BATCH_BYTES (64u << 20)

struct staged {
    struct staged *next;
    char name[16];
    struct local_file place;
    void (*done)(void *arg, const struct local_file *p, int why);
    void *arg;
    char path[];
};

/* Returns a descriptor or a negative errno. */
static int open_below(int top, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, top, *path ? path : ".", &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

static enum status cannot(struct err *e, const char *what, const char *path, int why)
{
    return err_set(e, STATUS_LOCAL_DISK, "cannot %s the folder %s to save into: %s", what,
                   escape(slice_of(path)).text, strerror(why));
}

enum status local_tree_open(struct local_tree *g, const char *path, bool make, mode_t mask, struct err *e)
{
    *g = (struct local_tree){.top = -1, .stage = -1, .parent_fd = -1, .mask = mask};
    pthread_mutex_init(&g->lock, NULL);
    if (make)
        g->made_top = mkdir(path, 0777) == 0;
    if (make && !g->made_top && errno != EEXIST)
        return cannot(e, "make", path, errno);
    g->top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (g->top < 0 && (make || errno != ENOENT))
        return cannot(e, "open", path, errno);
    return STATUS_DONE;
}

static void sweep(int stage)
{
    int fd = openat(stage, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (struct dirent *d; dir && (d = readdir(dir));)
        unlinkat(stage, d->d_name, 0); /* fails for "." and ".." */
    if (dir)
        closedir(dir);
}

enum status local_tree_begin(struct local_tree *g, struct err *e)
{
    struct stat st;
    for (;;) {
        if (mkdirat(g->top, LOCAL_TREE_STAGE, 0700) < 0 && errno != EEXIST)
            return cannot(e, "write into", LOCAL_TREE_STAGE, errno);
        AUTO_CLOSE int fd = open_below(g->top, LOCAL_TREE_STAGE, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
            return cannot(e, "open", LOCAL_TREE_STAGE, -fd);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
            return err_set(e, STATUS_FAILED,
                           "another ferry fetches into this folder (wait for it, or choose another with -o)");
        /* Its last owner may have removed it while we opened it. */
        if (fstat(fd, &st) == 0 && st.st_nlink == 0)
            continue;
        g->stage = TAKE_FD(fd);
        sweep(g->stage);
        return STATUS_DONE;
    }
}

void local_tree_close(struct local_tree *g)
{
    if (g->stage >= 0) {
        sweep(g->stage);
        unlinkat(g->top, LOCAL_TREE_STAGE, AT_REMOVEDIR);
        close(TAKE_FD(g->stage));
    }
    for (struct staged *s; (s = g->staged);) {
        g->staged = s->next;
        free(s);
    }
    if (g->parent_fd >= 0)
        close(TAKE_FD(g->parent_fd));
    if (g->top >= 0)
        close(TAKE_FD(g->top));
    pthread_mutex_destroy(&g->lock);
}

mode_t local_tree_mode(const struct local_tree *g, unsigned mode, bool folder)
{
    return ((mode_t)mode & 0777 & ~g->mask) | (folder ? 0700 : 0400);
}

const char *local_tree_last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static size_t parent_of(const char *path, char out[4096])
{
    size_t n = (size_t)(local_tree_last(path) - path);
    n -= n > 0;
    memcpy(out, path, n);
    out[n] = '\0';
    return n;
}

int local_tree_look(struct local_tree *g, const char *path, struct stat *ret)
{
    char parent[4096];
    parent_of(path, parent);
    if (g->top < 0)
        return -ENOENT;
    if (g->parent_fd < 0 || strcmp(parent, g->parent) != 0) {
        if (g->parent_fd >= 0)
            close(TAKE_FD(g->parent_fd));
        int fd = open_below(g->top, parent, O_PATH | O_DIRECTORY);
        if (fd < 0)
            return fd;
        g->parent_fd = fd;
        strcpy(g->parent, parent);
    }
    return fstatat(g->parent_fd, local_tree_last(path), ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int make_one(const struct local_tree *g, const char *path, mode_t mode)
{
    AUTO_CLOSE int parent = local_tree_parent(g, path, false);
    if (parent < 0)
        return TAKE_FD(parent);
    if (mkdirat(parent, local_tree_last(path), 0700) < 0)
        return errno == EEXIST ? 0 : -errno;
    fchmodat(parent, local_tree_last(path), mode, 0);
    return 0;
}

int local_tree_make_folder(const struct local_tree *g, const char *path, mode_t mode)
{
    char part[4096];
    int why = make_one(g, path, mode);
    for (const char *slash = path; why == -ENOENT && (slash = strchr(slash, '/')); slash++) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        int made = make_one(g, part, local_tree_mode(g, 0777, true));
        if (made < 0)
            return made;
    }
    return why == -ENOENT ? make_one(g, path, mode) : why;
}

int local_tree_parent(const struct local_tree *g, const char *path, bool make)
{
    char parent[4096];
    size_t n = parent_of(path, parent);
    int fd = open_below(g->top, parent, O_RDONLY | O_DIRECTORY);
    if (fd != -ENOENT || !make || n == 0)
        return fd;
    int why = local_tree_make_folder(g, parent, local_tree_mode(g, 0777, true));
    return why < 0 ? why : open_below(g->top, parent, O_RDONLY | O_DIRECTORY);
}

int local_tree_new_file(struct local_tree *g, char ret_name[16])
{
    pthread_mutex_lock(&g->lock);
    snprintf(ret_name, 16, "%08x", g->number++);
    pthread_mutex_unlock(&g->lock);
    int fd = openat(g->stage, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int local_tree_remove(const struct local_tree *g, const char *path, const struct stat *was)
{
    struct stat now;
    AUTO_CLOSE int parent = local_tree_parent(g, path, false);
    const char *last = local_tree_last(path);
    if (parent < 0)
        return TAKE_FD(parent);
    if (fstatat(parent, last, &now, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    bool folder = S_ISDIR(now.st_mode);
    if (now.st_ino != was->st_ino || now.st_dev != was->st_dev ||
        (!folder && (now.st_size != was->st_size || now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
                     now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)))
        return -EBUSY;
    return unlinkat(parent, last, folder ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

static int mark(int fd, const struct local_file *p)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, p->modified};
    if (fchmod(fd, p->mode) < 0 || (p->timed && futimens(fd, times) < 0))
        return errno;
    return 0;
}

int local_tree_put(struct local_tree *g, int fd, const char *name, const struct local_file *p,
                   void (*done)(void *arg, const struct local_file *p, int why), void *arg)
{
    size_t n = strlen(p->path) + 1;
    int why = mark(fd, p);
    /* Some network file systems tell only here that a write failed. */
    if (close(fd) < 0 && !why)
        why = errno;
    struct staged *s = why ? NULL : malloc(sizeof *s + n);
    if (!s) {
        unlinkat(g->stage, name, 0);
        return why ? why : ENOMEM;
    }
    *s = (struct staged){.place = *p, .done = done, .arg = arg};
    snprintf(s->name, sizeof s->name, "%s", name);
    memcpy(s->path, p->path, n);
    s->place.path = s->path;
    pthread_mutex_lock(&g->lock);
    s->next = g->staged;
    g->staged = s;
    g->n_staged++;
    g->staged_bytes += p->size;
    pthread_mutex_unlock(&g->lock);
    return 0;
}

static int give_name(const struct local_tree *g, const struct staged *s)
{
    AUTO_CLOSE int parent = local_tree_parent(g, s->path, true);
    const char *last = local_tree_last(s->path);
    if (parent < 0)
        return -TAKE_FD(parent);
    if (s->place.replaces)
        return renameat(g->stage, s->name, parent, last) < 0 ? errno : 0;
    if (renameat2(g->stage, s->name, parent, last, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return errno;
    /* As for a single file: link() never replaces either. */
    return linkat(g->stage, s->name, parent, last, 0) < 0 ? errno : 0;
}

void local_tree_commit(struct local_tree *g, bool all)
{
    pthread_mutex_lock(&g->lock);
    bool full = g->n_staged > 0 && (all || g->n_staged >= BATCH_FILES || g->staged_bytes >= BATCH_BYTES);
    struct staged *batch = full ? TAKE_PTR(g->staged) : NULL;
    if (full)
        g->n_staged = 0, g->staged_bytes = 0;
    pthread_mutex_unlock(&g->lock);
    if (!batch)
        return;
    int why = syncfs(g->stage) < 0 ? errno : 0;
    while (batch) {
        struct staged *s = batch;
        batch = s->next;
        int bad = why ? why : give_name(g, s);
        if (bad)
            unlinkat(g->stage, s->name, 0);
        s->done(s->arg, &s->place, bad);
        free(s);
    }
}
