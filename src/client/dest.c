/* The target of a download: a file in a folder, or a stream. */
#include "client/dest.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* How often to check whether a FIFO has a reader: open() cannot wait for that and for a signal at once. */
#define FIFO_MS 50
/* The kernel's limit. */
#define LINKS_MOST 40

static enum status open_folder(struct dest *t, const char *dir, struct slice path, struct err *e)
{
    AUTO_CLOSE int base = -1;
    AUTO_FREE char *inner = path.n > 0 ? strndup(path.p, path.n) : strdup(".");
    if (!inner)
        return err_set(e, STATUS_FAILED, "out of memory");
    const char *which = dir;
    if (dir)
        base = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!dir || base >= 0) {
        which = inner;
        t->dir = openat(dir ? base : AT_FDCWD, inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (t->dir < 0)
        return err_set(e, STATUS_LOCAL_DISK, "cannot open the folder %s to save into: %s",
                       escape(slice_of(which)).text, strerror(errno));
    return STATUS_DONE;
}

/* Follows one symbolic link. False if it is not one, or does not lead to the name of a file. */
static bool step(struct dest *t)
{
    char to[PATH_MAX], file[NAME_SIZE];
    ssize_t n = readlinkat(t->dir, t->file, to, sizeof to - 1);
    if (n <= 0)
        return false;
    to[n] = '\0';
    char *slash = strrchr(to, '/');
    int len = snprintf(file, sizeof file, "%s", slash ? slash + 1 : to);
    if (len == 0 || len >= NAME_SIZE || slice_eq(slice_of(file), SLICE(".")) ||
        slice_eq(slice_of(file), SLICE("..")))
        return false;
    if (slash) {
        slash[slash == to] = '\0'; /* keeps the "/" of "/name" */
        int dir = openat(t->dir, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
            return false;
        close(t->dir);
        t->dir = dir;
    }
    memcpy(t->file, file, sizeof file);
    return true;
}

/* A link stays a link, and the file that it leads to is replaced. The kernel has followed it first (in
 * dest_look()); where it refuses to, for somebody else's link in a folder like /tmp, this is not reached. */
static enum status follow(struct dest *t, struct err *e)
{
    struct stat st;
    for (int i = 0; i < LINKS_MOST && step(t); i++)
        continue;
    if (fstatat(t->dir, t->file, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
        return err_set(
            e, STATUS_WOULD_REPLACE,
            "%s is a symbolic link that leads nowhere (remove it, or give another name with -o FILE)",
            escape(slice_of(t->name)).text);
    return STATUS_DONE;
}

enum status dest_open(struct dest *t, const char *out, const char *dir, const char *last, const char *shown,
                      struct err *e)
{
    *t = (struct dest){.kind = DEST_NEW, .dir = -1};
    if (out && slice_eq(slice_of(out), SLICE("-"))) {
        t->kind = DEST_STREAM;
        snprintf(t->name, sizeof t->name, "-");
        return STATUS_DONE;
    }
    struct slice folder = SLICE("");
    if (out) {
        /* The user's own words are taken as they are, but must end in a name. */
        const char *slash = strrchr(out, '/');
        const char *name = slash ? slash + 1 : out;
        size_t len = strlen(name);
        if (len == 0 || len >= NAME_SIZE || slice_eq(slice_of(name), SLICE(".")) ||
            slice_eq(slice_of(name), SLICE("..")))
            return err_set(e, STATUS_USAGE, "'%s' cannot be the name of a file (-d names a folder)",
                           escape(slice_of(out)).text);
        memcpy(t->name, name, len + 1);
        if (slash)
            folder = (struct slice){out, slash == out ? 1 : (size_t)(slash - out)};
    } else if (!name_make_safe(slice_of(last), t->name)) {
        return err_set(
            e, STATUS_USAGE,
            "%s does not end in a name to save it under (give one with -o FILE; to list a folder: ferry ls)",
            escape(slice_of(shown)).text);
    }
    memcpy(t->file, t->name, sizeof t->file);
    enum status status = open_folder(t, dir, folder, e);
    if (status == STATUS_DONE)
        status = dest_look(t, e);
    if (status == STATUS_DONE && t->kind == DEST_FILE)
        status = follow(t, e);
    if (status != STATUS_DONE)
        dest_close(t);
    return status;
}

enum status dest_look(struct dest *t, struct err *e)
{
    struct stat st;
    t->kind = DEST_NEW;
    t->dangling = false;
    if (fstatat(t->dir, t->file, &st, 0) < 0) {
        if (errno != ENOENT && errno != ELOOP)
            return err_set(e, STATUS_LOCAL_DISK, "cannot check what %s is: %s",
                           escape(slice_of(t->name)).text, strerror(errno));
        t->dangling = fstatat(t->dir, t->file, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (t->dangling)
            t->kind = DEST_FILE;
        return STATUS_DONE;
    }
    if (S_ISDIR(st.st_mode))
        return err_set(e, STATUS_WOULD_REPLACE, "%s is a folder here (give another name with -o FILE)",
                       escape(slice_of(t->name)).text);
    t->kind = S_ISREG(st.st_mode) ? DEST_FILE : DEST_STREAM;
    t->size = (uint64_t)st.st_size;
    t->modified = st.st_mtim.tv_sec;
    return STATUS_DONE;
}

enum status dest_open_stream(const struct dest *t, int out, struct stop *stop, int *ret_fd, struct err *e)
{
    if (t->dir < 0) {
        *ret_fd = fcntl(out, F_DUPFD_CLOEXEC, 3);
    } else {
        do
            *ret_fd = openat(t->dir, t->file, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        while (*ret_fd < 0 && errno == ENXIO && !stop_wait(stop, FIFO_MS));
    }
    if (*ret_fd < 0)
        return err_set(e, STATUS_LOCAL_DISK, "cannot open %s for writing: %s",
                       t->dir < 0 ? "the standard output" : escape(slice_of(t->name)).text, strerror(errno));
    return STATUS_DONE;
}

void dest_close(struct dest *t)
{
    if (t->dir >= 0)
        close(TAKE_FD(t->dir));
}
