/* Everything below the top of a tree that is here. */
#include "client/local_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct local_walk {
    void (*take)(void *arg, const char *path, const struct stat *st);
    void *arg;
    dev_t dev;
    char path[PATH_MAX];
};

/* Takes fd. */
static void walk(struct local_walk *w, int fd, size_t len)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *d; (d = readdir(dir));) {
        struct stat st;
        size_t n = strlen(d->d_name), slash = len > 0;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
            len + slash + n >= sizeof w->path || fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        memcpy(w->path + len, "/", slash);
        memcpy(w->path + len + slash, d->d_name, n + 1);
        w->take(w->arg, w->path, &st);
        int inner = S_ISDIR(st.st_mode) && st.st_dev == w->dev
                        ? openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        : -1;
        if (inner >= 0)
            walk(w, inner, len + slash + n);
        w->path[len] = '\0';
    }
    closedir(dir);
}

void local_walk(const struct local_tree *g, void (*take)(void *arg, const char *path, const struct stat *st),
                void *arg)
{
    struct local_walk w = {.take = take, .arg = arg};
    struct stat st;
    int fd = g->top < 0 ? -1 : openat(g->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return;
    w.dev = st.st_dev;
    walk(&w, fd, 0);
}
