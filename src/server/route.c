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
    case EBUSY:
        return 503;
    case E2BIG: /* for one archive */
        return 507;
    default:
        return 500;
    }
}

/* A descriptor of a file or folder, or a negative errno; -EAGAIN when that is beyond this look's reach. */
static int open_name(const struct look *l, struct slice name, struct stat *st, enum fs_kind *kind)
{
    const struct root *root = &l->server->root;
    int fd = root_open(root, name, l->reach, st, kind);
    for (int i = 0; i < RACE_TRIES && fd == -EAGAIN && l->reach == REACH_ANYWHERE; i++)
        fd = root_open(root, name, l->reach, st, kind);
    return fd == -EAGAIN && l->reach == REACH_ANYWHERE ? -EBUSY : fd;
}

static struct found fail(int status)
{
    return (struct found){.status = status};
}

static struct found serve(struct source *source)
{
    return source ? (struct found){.status = 200, .source = source} : fail(503);
}

/* Takes the reference. */
static struct found serve_version(const struct look *l, struct version *v)
{
    struct source *source = source_open_file(v);
    if (source && l->server->copy)
        source->can_send = false;
    return serve(source);
}

static bool find_shared(const struct look *l, struct slice name, struct found *ret)
{
    struct version *v = l->shares ? shares_get(l->shares, name, l->arrived) : NULL;
    if (v)
        *ret = serve_version(l, v);
    return v != NULL;
}

/* Takes fd, which is a regular file. */
static struct found serve_file(const struct look *l, int fd, const struct stat *st, enum fs_kind kind,
                               struct slice name)
{
    struct version *v = version_open(fd, st, kind, media_type_of(&l->server->types, name));
    if (v && l->shares)
        shares_put(l->shares, name, v);
    return serve_version(l, v);
}

/* The folder's index.html, where there is one; otherwise ret->status is 0. False as route_find() has it. */
static bool find_index(const struct look *l, const struct wanted *w, struct found *ret)
{
    char room[PATH_MAX];
    const struct slice index = SLICE("/index.html");
    struct slice name = {room, w->name_len + index.n};
    struct stat st;
    enum fs_kind kind;
    *ret = fail(0);
    if (name.n > sizeof room)
        return true;
    memcpy(room, w->name, w->name_len);
    memcpy(room + w->name_len, index.p, index.n);
    if (find_shared(l, name, ret))
        return true;
    AUTO_CLOSE int fd = open_name(l, name, &st, &kind);
    if (fd == -EAGAIN)
        return false;
    if (fd >= 0 && S_ISREG(st.st_mode))
        *ret = serve_file(l, TAKE_FD(fd), &st, kind, name);
    else if (fd < 0 && fd != -ENOENT)
        *ret = fail(status_of(-fd));
    return true;
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

/* Takes fd. False as route_find() has it. */
static bool find_folder(const struct look *l, const struct wanted *w, int folder, enum fs_kind kind,
                        struct found *ret)
{
    const struct server *s = l->server;
    AUTO_CLOSE int fd = folder;
    if (!folder_named_right(w)) {
        *ret = fail(301);
        return true;
    }
    if (w->archive != ARCHIVE_FORMAT_NONE) {
        if (l->reach != REACH_ANYWHERE) /* Whatever is mounted below it is in it. */
            return false;
        *ret = serve_archive(s, w);
        return true;
    }
    if (s->index) {
        if (!find_index(l, w, ret))
            return false;
        if (ret->status != 0)
            return true;
    }
    *ret = w->listing.broken
               ? fail(400)
               : serve(source_open_listing(TAKE_FD(fd), kind, &s->root, (struct slice){w->name, w->name_len},
                                           &w->listing, &s->look));
    return true;
}

bool route_find(const struct look *l, const struct wanted *w, struct found *ret)
{
    struct slice name = {w->name, w->name_len};
    struct stat st;
    enum fs_kind kind;
    if (find_shared(l, name, ret))
        return true;
    AUTO_CLOSE int fd = open_name(l, name, &st, &kind);
    if (fd == -EAGAIN)
        return false;
    if (fd >= 0 && S_ISDIR(st.st_mode))
        return find_folder(l, w, TAKE_FD(fd), kind, ret);
    *ret = fd < 0 ? fail(status_of(-fd)) : serve_file(l, TAKE_FD(fd), &st, kind, name);
    return true;
}
