/* What ferry brought into a tree. */
#include "client/ledger.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "client/disk.h"
#include "content/mtree.h"

#include <errno.h>
#include <fcntl.h>

#define FROM "# from "
/* The source's name, if files of several sources are in one folder. */
#define SEVERAL "several sources"
#define NEW_NAME "ledger"

bool ledger_same_time(const struct timespec *told, const struct timespec *local)
{
    if (told->tv_sec != local->tv_sec) /* FAT has steps of two seconds */
        return local->tv_nsec == 0 && local->tv_sec % 2 == 0 && told->tv_sec - local->tv_sec == 1;
    for (long step = 1; step <= 1000000000; step *= step == 1 ? 100 : 10)
        if (told->tv_nsec / step * step == local->tv_nsec)
            return true;
    return false;
}

bool ledger_fits(const struct tree_line *line, const struct stat *local)
{
    if (line->folder)
        return S_ISDIR(local->st_mode);
    return S_ISREG(local->st_mode) && (uint64_t)local->st_size == line->size &&
           (!line->timed || ledger_same_time(&line->modified, &local->st_mtim));
}

/* A line without its newline; false at the end, and for a line that is too long. */
static bool read_text(FILE *from, char *to, size_t cap, struct slice *ret)
{
    if (!from || !fgets(to, (int)cap, from))
        return false;
    size_t n = strlen(to);
    if (n == 0 || to[n - 1] != '\n')
        return false;
    *ret = (struct slice){to, n - 1};
    return true;
}

void ledger_step(struct ledger *l)
{
    char text[MTREE_LINE_MAX + 1];
    struct slice line;
    l->has = false;
    while (read_text(l->old, text, sizeof text, &line)) {
        enum tree_line_kind kind = tree_line_read(line, &l->next);
        if (kind == TREE_LINE_NOTHING)
            continue;
        l->has = kind == TREE_LINE_ENTRY;
        return; /* nothing is believed that comes after a wrong line */
    }
}

static void flush(struct ledger *l)
{
    struct slice s = buf_slice(&l->text);
    l->failed |= l->text.failed || fwrite(s.p, 1, s.n, l->new) != s.n;
    buf_clear(&l->text);
}

enum status ledger_open(struct ledger *l, const struct local_tree *g, const char *source, struct err *e)
{
    char first[MTREE_LINE_MAX + 1];
    struct slice line;
    *l = (struct ledger){.text = buf_new(64u << 10)};
    int fd = g->top < 0 ? -1
                        : openat(g->top, LOCAL_TREE_LEDGER,
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (g->top >= 0 && fd < 0 && errno != ENOENT)
        return disk_error(e, g->top, LOCAL_TREE_LEDGER, "read", errno, 0);
    l->old = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && !l->old) {
        close(fd);
        return err_set(e, STATUS_FAILED, "out of memory");
    }
    l->none = !read_text(l->old, first, sizeof first, &line) || !slice_eq(line, SLICE("#mtree")) ||
              !read_text(l->old, first, sizeof first, &line) || !slice_starts(line, SLICE(FROM));
    if (l->old && l->none) {
        fclose(TAKE_PTR(l->old));
        return err_set(e, STATUS_WOULD_REPLACE,
                       "%s in the folder is not ferry's record of what it brought (move it away)",
                       LOCAL_TREE_LEDGER);
    }
    l->same = l->none || slice_eq(slice_from(line, strlen(FROM)), slice_of(source));
    ledger_step(l);
    if (g->stage < 0)
        return STATUS_DONE;
    unlinkat(g->stage, NEW_NAME, 0);
    fd = openat(g->stage, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    l->new = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!l->new) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return disk_error(e, g->stage, LOCAL_TREE_LEDGER, "write", why, 0);
    }
    mtree_add_head(&l->text);
    buf_printf(&l->text, FROM "%s\n", l->same ? source : SEVERAL);
    return STATUS_DONE;
}

void ledger_add(struct ledger *l, const struct tree_line *line)
{
    if (!l->new)
        return;
    struct mtree_entry entry = {.path = {line->path, line->path_len},
                                .folder = line->folder,
                                .size = line->size,
                                .modified = line->modified,
                                .mode = line->moded    ? line->mode
                                        : line->folder ? 0755
                                                       : 0644,
                                .digest = line->hashed ? &line->digest : NULL};
    mtree_add_entry(&l->text, &entry);
    l->lines++;
    if (buf_len(&l->text) > l->text.max / 2)
        flush(l);
}

enum status ledger_finish(struct ledger *l, const struct local_tree *g, struct err *e)
{
    if (!l->new)
        return STATUS_DONE;
    mtree_add_end(&l->text, l->lines);
    flush(l);
    if (fflush(l->new) != 0 || l->failed || fsync(fileno(l->new)) < 0 ||
        renameat(g->stage, NEW_NAME, g->top, LOCAL_TREE_LEDGER) < 0 || fsync(g->top) < 0)
        return disk_error(e, g->stage, LOCAL_TREE_LEDGER, "write", errno, 0);
    return STATUS_DONE;
}

void ledger_close(struct ledger *l)
{
    if (l->old)
        fclose(TAKE_PTR(l->old));
    if (l->new)
        fclose(TAKE_PTR(l->new));
    buf_free(&l->text);
}
