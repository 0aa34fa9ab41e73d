/* Walks a folder and everything below it in a fixed order and in bounded memory.
 *
 * For each folder on the path, it holds a batch of names: the smallest ones after the last that was
 * returned. When a batch is used up, or was dropped to save memory, the folder is read again. */
#include "content/walk.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

/* The names of one folder: some 20,000 of usual length. A folder of a million names is read fifty times, by
 * the kernel from its cache. */
#define BATCH_BYTES (512 * 1024)
/* For all folders on the path. The uppermost are dropped first, because they are needed last. */
#define PATH_BYTES (2 * 1024 * 1024)

struct level {
    char *names;     /* terminated, unsorted */
    uint32_t *order; /* where in `names` they begin, sorted */
    size_t names_len, names_cap;
    unsigned count, order_cap, next;
    bool more; /* the folder may have names after the batch */
    size_t path_len;
    char last[NAME_MAX + 1]; /* the name returned last; empty for none */
};

struct walk {
    const struct root *root;
    DIR *dir;     /* of the last level; NULL: must be opened again */
    bool made_up; /* the folder is the kernel's own (/proc), and no file in it can be had */
    struct level *levels;
    unsigned depth, levels_cap;
    bool begun;
    int error;
    size_t base_len;
    char path[PATH_MAX];
};

struct walk *walk_new(const struct root *root, struct slice name)
{
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    struct walk *w = name.n < sizeof w->path ? calloc(1, sizeof *w) : NULL;
    if (!w)
        return NULL;
    w->root = root;
    w->base_len = name.n;
    if (name.n > 0)
        memcpy(w->path, name.p, name.n);
    return w;
}

static void close_dir(struct walk *w)
{
    if (w->dir)
        closedir(w->dir);
    w->dir = NULL;
}

/* Drops the names, and keeps the place. */
static void level_drop(struct level *l)
{
    free(l->names);
    free(l->order);
    l->names = NULL;
    l->order = NULL;
    l->names_len = l->names_cap = 0;
    l->count = l->order_cap = l->next = 0;
}

void walk_free(struct walk *w)
{
    if (!w)
        return;
    close_dir(w);
    while (w->depth > 0)
        level_drop(&w->levels[--w->depth]);
    free(w->levels);
    free(w);
}

int walk_error(const struct walk *w)
{
    return w->error;
}

const char *walk_reason(int error, const char *why, bool *ret_for_now)
{
    *ret_for_now = true;
    switch (-error) {
    case ENOMEM:
        return "there was no memory to read what is in it";
    case EMFILE:
    case ENFILE:
        return "there were no descriptors left to open what is in it";
    case EBUSY:
        return "so much was renamed meanwhile that nothing in it could be opened";
    default:
        *ret_for_now = false;
        return why;
    }
}

static bool fail(struct walk *w, int error)
{
    w->error = error;
    return false;
}

static int open_path(const struct walk *w, size_t path_len, struct stat *st)
{
    enum fs_kind kind;
    return root_open(w->root, (struct slice){w->path, path_len}, REACH_ANYWHERE, st, &kind);
}

/* Takes fd, also on failure. */
static bool hold_dir(struct walk *w, int fd)
{
    close_dir(w);
    w->made_up = root_makes_up(fd);
    w->dir = fdopendir(fd);
    if (w->dir)
        return true;
    int error = -errno;
    close(fd);
    return fail(w, error);
}

/* Opens the folder of the last level again. If it is another folder now, the digests will show that. */
static bool want_dir(struct walk *w)
{
    struct stat st;
    if (w->dir)
        return true;
    int fd = open_path(w, w->levels[w->depth - 1].path_len, &st);
    return fd < 0 ? fail(w, fd) : hold_dir(w, fd);
}

/* ---- names ---- */

static int by_name(const void *a, const void *b, void *names)
{
    return strcmp((char *)names + *(const uint32_t *)a, (char *)names + *(const uint32_t *)b);
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(struct level *l)
{
    if (l->count > 0)
        qsort_r(l->order, l->count, sizeof *l->order, by_name, l->names);
}

/* Keeps the smaller half. `below` is set to the smallest name that was dropped. */
static void halve(struct level *l, char below[static NAME_MAX + 1])
{
    sort(l);
    l->count /= 2;
    strcpy(below, l->names + l->order[l->count]);
    qsort(l->order, l->count, sizeof *l->order, by_place);
    l->names_len = 0;
    for (unsigned i = 0; i < l->count; i++) {
        const char *name = l->names + l->order[i];
        size_t n = strlen(name) + 1;
        memmove(l->names + l->names_len, name, n);
        l->order[i] = (uint32_t)l->names_len;
        l->names_len += n;
    }
}

static bool make_room(struct level *l, size_t n)
{
    if (l->names_len + n > l->names_cap) {
        size_t cap = l->names_cap ? l->names_cap * 2 : 1024;
        char *names = realloc(l->names, cap);
        if (!names)
            return false;
        l->names = names;
        l->names_cap = cap;
    }
    if (l->count == l->order_cap) {
        unsigned cap = l->order_cap ? l->order_cap * 2 : 64;
        uint32_t *order = realloc(l->order, cap * sizeof *order);
        if (!order)
            return false;
        l->order = order;
        l->order_cap = cap;
    }
    return true;
}

static bool add_name(struct level *l, const char *name)
{
    size_t n = strlen(name) + 1;
    if (!make_room(l, n))
        return false;
    memcpy(l->names + l->names_len, name, n);
    l->order[l->count++] = (uint32_t)l->names_len;
    l->names_len += n;
    return true;
}

/* Drops names of upper folders until the whole path fits. */
static void keep_within_bounds(struct walk *w)
{
    size_t held = 0;
    for (unsigned i = w->depth; i-- > 0;) {
        struct level *l = &w->levels[i];
        held += l->names_cap + l->order_cap * sizeof *l->order;
        if (held <= PATH_BYTES || i + 1 == w->depth)
            continue;
        l->more |= l->next < l->count;
        level_drop(l);
    }
}

/* Reads the next batch of the last level: the smallest names after `last`. */
static bool read_names(struct walk *w)
{
    struct level *l = &w->levels[w->depth - 1];
    char below[NAME_MAX + 1] = "";
    if (!want_dir(w))
        return false;
    rewinddir(w->dir);
    l->count = l->next = 0;
    l->names_len = 0;
    for (;;) {
        errno = 0;
        const struct dirent *d = readdir(w->dir);
        if (!d && errno != 0)
            return fail(w, -errno);
        if (!d)
            break;
        struct slice name = slice_of(d->d_name);
        if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")) || !root_shows(w->root, name))
            continue;
        const char *public = w->root->only[0] ? w->root->only : d->d_name;
        if (strcmp(public, l->last) <= 0 || (below[0] && strcmp(public, below) >= 0))
            continue;
        if (l->names_len + name.n + 1 > BATCH_BYTES)
            halve(l, below);
        if (below[0] && strcmp(public, below) >= 0)
            continue;
        if (!add_name(l, public))
            return fail(w, -ENOMEM);
    }
    l->more = below[0] != '\0';
    sort(l);
    keep_within_bounds(w);
    return true;
}

/* ---- entries ---- */

/* Takes fd, also on failure. */
static bool push(struct walk *w, int fd, size_t path_len)
{
    if (w->depth == w->levels_cap) {
        unsigned cap = w->levels_cap ? w->levels_cap * 2 : 8;
        struct level *levels = realloc(w->levels, cap * sizeof *levels);
        if (!levels) {
            close(fd);
            return fail(w, -ENOMEM);
        }
        w->levels = levels;
        w->levels_cap = cap;
    }
    w->levels[w->depth++] = (struct level){.path_len = path_len, .more = true};
    return hold_dir(w, fd);
}

static void pop(struct walk *w)
{
    close_dir(w);
    level_drop(&w->levels[--w->depth]);
}

/* The stat of w->path[0..len), by opening it. Returns 0 or a negative errno. */
static int stat_by_opening(const struct walk *w, size_t len, struct stat *st)
{
    AUTO_CLOSE int fd = open_path(w, len, st);
    if (fd < 0)
        return fd;
    return S_ISREG(st->st_mode) ? 0 : -ENOENT;
}

/* Looks at the entry `name` of the last level, which ends at w->path[len]. It does not open files, since a
 * caller that skips them needs no more. Returns 0 or a negative errno. */
static int look_at(struct walk *w, const char *name, size_t len, struct stat *st)
{
    if (w->root->only[0])
        return stat_by_opening(w, len, st);
    if (fstatat(dirfd(w->dir), name, st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (S_ISLNK(st->st_mode))
        return stat_by_opening(w, len, st);
    if (S_ISDIR(st->st_mode))
        return 0;
    if (!S_ISREG(st->st_mode) || w->made_up)
        return -ENOENT;
    if (faccessat(dirfd(w->dir), name, R_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    /* A refused file is EACCES. EPERM, and an old kernel's answer to the flags, are about the call. */
    return errno == EPERM || errno == EINVAL || errno == ENOSYS ? stat_by_opening(w, len, st) : -errno;
}

static enum walk_result give(struct walk *w, size_t len, struct walk_entry *ret)
{
    size_t from = w->base_len < len && w->base_len > 0 ? w->base_len + 1 : w->base_len;
    ret->path = (struct slice){w->path + from, len - from};
    ret->folder = S_ISDIR(ret->stat.st_mode);
    return WALK_ENTRY;
}

static enum walk_result begin(struct walk *w, struct walk_entry *ret)
{
    w->begun = true;
    int fd = open_path(w, w->base_len, &ret->stat);
    if (fd >= 0 && !S_ISDIR(ret->stat.st_mode)) {
        close(fd);
        fd = -ENOTDIR;
    }
    if (fd < 0) {
        w->error = fd;
        return WALK_FAIL;
    }
    return push(w, fd, w->base_len) ? give(w, w->base_len, ret) : WALK_FAIL;
}

/* Tries the next name of the last level. WALK_END: it is not served. */
static enum walk_result try_next(struct walk *w, struct walk_entry *ret)
{
    struct level *l = &w->levels[w->depth - 1];
    strcpy(l->last, l->names + l->order[l->next++]);
    size_t len = l->path_len, n = strlen(l->last);
    if (len + 1 + n >= sizeof w->path)
        return WALK_END;
    if (len > 0)
        w->path[len++] = '/';
    memcpy(w->path + len, l->last, n);
    len += n;
    if (!want_dir(w))
        return WALK_FAIL;
    int error = look_at(w, l->last, len, &ret->stat), fd = -1;
    if (error == 0 && S_ISDIR(ret->stat.st_mode)) {
        fd = open_path(w, len, &ret->stat);
        error = fd < 0 ? fd : S_ISDIR(ret->stat.st_mode) ? 0 : -ENOENT;
    }
    if (error == 0)
        return fd < 0 || push(w, fd, len) ? give(w, len, ret) : WALK_FAIL;
    if (fd >= 0)
        close(fd);
    if (root_says_gone(error))
        return WALK_END;
    w->error = error;
    return WALK_FAIL;
}

enum walk_result walk_next(struct walk *w, struct walk_entry *ret)
{
    if (!w->begun)
        return begin(w, ret);
    while (w->error == 0 && w->depth > 0) {
        struct level *l = &w->levels[w->depth - 1];
        if (l->next < l->count) {
            enum walk_result r = try_next(w, ret);
            if (r != WALK_END)
                return r;
        } else if (l->more) {
            if (!read_names(w))
                return WALK_FAIL;
        } else {
            pop(w);
        }
    }
    return w->error == 0 ? WALK_END : WALK_FAIL;
}
