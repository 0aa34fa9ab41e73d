/* What is to be done for a tree, in a file. */
#include "client/plan.h"

#include "client/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

/* A step in the file, followed by its path. Nobody else reads it. */
struct plan_head {
    enum plan_step step;
    size_t path_len;
    bool folder, timed, moded, hashed;
    uint64_t size;
    struct timespec modified;
    unsigned mode;
    struct sha256_digest digest;
};

enum status plan_open(struct plan *p, const struct local_tree *g, const char *name, struct err *e)
{
    *p = (struct plan){.file = NULL};
    if (g->stage < 0) {
        p->file = tmpfile();
    } else {
        int fd = openat(g->stage, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        p->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
        if (fd >= 0 && !p->file)
            close(fd);
        unlinkat(g->stage, name, 0);
    }
    return p->file ? STATUS_DONE : disk_error(e, g->stage, "a list of what is to be done", "write", errno, 0);
}

void plan_close(struct plan *p)
{
    if (p->file)
        fclose(p->file);
    p->file = NULL;
}

void plan_add(struct plan *p, enum plan_step step, const struct tree_line *l)
{
    struct plan_head h;
    memset(&h, 0, sizeof h); /* also what lies between its members, which is written */
    h.step = step;
    h.path_len = l->path_len;
    h.folder = l->folder;
    h.timed = l->timed;
    h.moded = l->moded;
    h.hashed = l->hashed;
    h.size = l->size;
    h.modified = l->modified;
    h.mode = l->mode;
    h.digest = l->digest;
    p->failed |=
        fwrite(&h, sizeof h, 1, p->file) != 1 || fwrite(l->path, 1, l->path_len, p->file) != l->path_len;
    p->steps++;
    if (step == PLAN_FOLDER || step == PLAN_REMOVE)
        return;
    p->files++;
    p->bytes += l->size;
    p->small += l->size <= PLAN_SMALL;
}

enum status plan_rewind(struct plan *p, struct err *e)
{
    if (fflush(p->file) != 0 || p->failed)
        return disk_error(e, fileno(p->file), "a list of what is to be done", "write", errno, 0);
    rewind(p->file);
    return STATUS_DONE;
}

bool plan_next(struct plan *p, enum plan_step *ret_step, struct tree_line *ret)
{
    struct plan_head h;
    if (fread(&h, sizeof h, 1, p->file) != 1 || h.path_len >= sizeof ret->path ||
        fread(ret->path, 1, h.path_len, p->file) != h.path_len)
        return false;
    ret->path[h.path_len] = '\0';
    ret->path_len = h.path_len;
    ret->folder = h.folder;
    ret->timed = h.timed;
    ret->moded = h.moded;
    ret->hashed = h.hashed;
    ret->size = h.size;
    ret->modified = h.modified;
    ret->mode = h.mode;
    ret->digest = h.digest;
    *ret_step = h.step;
    return true;
}
