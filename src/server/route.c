/* From a name to its content, or to a status that says why not. */
#include "server/route.h"

#include "base/cleanup.h"
#include "http/media_type.h"
#include "source/file.h"

#include <errno.h>

/* A name that the file system keeps losing to renames while it is looked up is asked for this many times. */
#define RACE_TRIES 16

struct slice wanted_name(const struct wanted *w)
{
    struct slice name = {w->name, w->name_len};
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    return name;
}

static int status_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EXDEV: /* It leads out of the folder: for a client there is no outside. */
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
        return 404;
    case EACCES:
    case EPERM:
        return 403;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
        return 503;
    case E2BIG: /* for one archive */
        return 507;
    default:
        return 500;
    }
}

static int open_name(const struct server *s, struct slice name, enum reach reach, struct stat *st,
                     enum fs_kind *kind)
{
    int fd = root_open(&s->root, name, reach, st, kind);
    for (int i = 0; i < RACE_TRIES && fd == -EAGAIN && reach == REACH_ANYWHERE; i++)
        fd = root_open(&s->root, name, reach, st, kind);
    return fd;
}

static struct found fail(int status)
{
    return (struct found){.status = status};
}

static struct found serve(struct source *source)
{
    return source ? (struct found){.status = 200, .source = source} : fail(503);
}

static struct found serve_file(const struct server *s, int fd, const struct stat *st, enum fs_kind kind,
                               struct slice name)
{
    struct source *source = source_open_file(fd, st, kind, media_type_of(name));
    if (source && s->copy)
        source->can_send = false;
    return serve(source);
}

/* The folder's index.html; -ENOENT when it has none. */
static int open_index(const struct server *s, const struct wanted *w, enum reach reach, struct stat *st,
                      enum fs_kind *kind)
{
    char name[PATH_MAX];
    const struct slice index = SLICE("/index.html");
    if (w->name_len + index.n > sizeof name)
        return -ENOENT;
    memcpy(name, w->name, w->name_len);
    memcpy(name + w->name_len, index.p, index.n);
    int fd = open_name(s, (struct slice){name, w->name_len + index.n}, reach, st, kind);
    if (fd >= 0 && !S_ISREG(st->st_mode)) {
        close(fd);
        return -ENOENT;
    }
    return fd;
}

static bool folder_named_right(const struct wanted *w)
{
    return !w->needs_slash || w->name_len == 0 || w->name[w->name_len - 1] == '/';
}

static struct found serve_archive(const struct server *s, const struct wanted *w)
{
    struct found found = {.status = 200, .archive = w->archive};
    int error =
        source_open_archive(&s->root, (struct slice){w->name, w->name_len}, w->archive, &found.source);
    return error < 0 ? fail(status_of(-error)) : found;
}

bool route_find(const struct server *s, const struct wanted *w, enum reach reach, struct found *ret)
{
    struct slice name = {w->name, w->name_len};
    struct stat st;
    enum fs_kind kind;
    AUTO_CLOSE int fd = open_name(s, name, reach, &st, &kind);
    if (fd == -EAGAIN && reach != REACH_ANYWHERE)
        return false;
    if (fd < 0) {
        *ret = fail(status_of(-fd));
    } else if (S_ISREG(st.st_mode)) {
        *ret = serve_file(s, TAKE_FD(fd), &st, kind, name);
    } else if (!folder_named_right(w)) {
        *ret = fail(301);
    } else if (w->archive != ARCHIVE_FORMAT_NONE) {
        if (reach != REACH_ANYWHERE) /* Whatever is mounted below it is in it. */
            return false;
        *ret = serve_archive(s, w);
    } else {
        int index = s->index ? open_index(s, w, reach, &st, &kind) : -ENOENT;
        if (index == -EAGAIN && reach != REACH_ANYWHERE)
            return false;
        if (index >= 0)
            *ret = serve_file(s, index, &st, kind, SLICE("index.html"));
        else if (index != -ENOENT)
            *ret = fail(status_of(-index));
        else if (w->listing.broken)
            *ret = fail(400);
        else
            *ret = serve(source_open_listing(TAKE_FD(fd), kind, &s->root, name, &w->listing, &s->look));
    }
    return true;
}
