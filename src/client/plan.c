/* What is to be done for a tree, in a file. */
#include "client/plan.h"

#include "client/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

/* What stands in the file before each path. Nobody else reads it. */
#define HEAD_BYTES offsetof(struct tree_line, path)

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
    p->failed |=
        fwrite(&step, sizeof step, 1, p->file) != 1 || fwrite(l, HEAD_BYTES + l->path_len, 1, p->file) != 1;
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
    if (fread(ret_step, sizeof *ret_step, 1, p->file) != 1 || fread(ret, HEAD_BYTES, 1, p->file) != 1 ||
        ret->path_len >= sizeof ret->path || fread(ret->path, 1, ret->path_len, p->file) != ret->path_len)
        return false;
    ret->path[ret->path_len] = '\0';
    return true;
}
