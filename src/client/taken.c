/* The targets of one command's sources so far. */
#include "client/taken.h"

#include "base/text.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Enough for hundreds of thousands of sources; split a longer list. */
#define TAKEN_BYTES_MAX (64u << 20)

struct taken_dest {
    dev_t dev;
    ino_t folder;
    const char *source;
    char name[]; /* followed by the source */
};

static int compare(const void *one, const void *other)
{
    const struct taken_dest *a = one, *b = other;
    if (a->dev != b->dev)
        return a->dev < b->dev ? -1 : 1;
    if (a->folder != b->folder)
        return a->folder < b->folder ? -1 : 1;
    return strcmp(a->name, b->name);
}

static struct taken_dest *taken_dest_new(const struct stat *folder, const char *name, const char *source,
                                         size_t *ret_size)
{
    size_t n = strlen(name) + 1, m = strlen(source) + 1;
    *ret_size = sizeof(struct taken_dest) + n + m;
    struct taken_dest *t = malloc(*ret_size);
    if (!t)
        return NULL;
    *t = (struct taken_dest){.dev = folder->st_dev, .folder = folder->st_ino, .source = t->name + n};
    memcpy(t->name, name, n);
    memcpy(t->name + n, source, m);
    return t;
}

enum status taken_add(struct taken *k, const struct dest *t, const char *source, struct err *e)
{
    struct stat folder;
    size_t size;
    if (t->dir < 0)
        return STATUS_DONE; /* the standard output */
    if (fstat(t->dir, &folder) < 0)
        return err_set(e, STATUS_LOCAL_DISK, "cannot check the folder to save into: %s", strerror(errno));
    struct taken_dest *mine = taken_dest_new(&folder, t->file, source, &size);
    struct taken_dest **found = mine ? tsearch(mine, &k->tree, compare) : NULL;
    if (!found) {
        free(mine);
        return err_set(e, STATUS_FAILED, "out of memory");
    }
    if (*found == mine) {
        k->bytes += size;
        return k->bytes <= TAKEN_BYTES_MAX
                   ? STATUS_DONE
                   : err_set(e, STATUS_FAILED, "too many sources for one command (split the list)");
    }
    bool same = slice_eq(slice_of((*found)->source), slice_of(source));
    free(mine);
    if (same)
        return STATUS_DONE;
    return err_set(e, STATUS_WOULD_REPLACE,
                   "%s: another source of this command is already saved as %s (save them into two folders "
                   "with -d, or one of them under another name with -o)",
                   escape(slice_of(source)).text, escape(slice_of(t->name)).text);
}

void taken_free(struct taken *k)
{
    tdestroy(k->tree, free);
    *k = (struct taken){.tree = NULL};
}
