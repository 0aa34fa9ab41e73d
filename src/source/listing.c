/* A folder's listing as a source: from one walk, in bounded memory. */
#include "source/listing.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "source/listing_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* Text made ahead of what the connection takes. */
#define TEXT_MAX (64 * 1024)

struct entry {
    uint32_t name; /* in `names`, terminated */
    bool folder;
    uint64_t size;
    time_t modified;
};

struct listing {
    struct source source;
    const struct root *root;
    enum listing_format format;
    DIR *dir;
    enum { LISTING_BEGIN, LISTING_ENTRIES, LISTING_END } at;
    bool loaded, walked; /* there is a batch; the folder has no more */
    struct entry *entries;
    char *names;
    size_t names_len, names_cap;
    unsigned count, next, entries_cap;
    uint64_t shown;
    struct buf text;
    size_t path_len;
    char path[];
};

/* A link is what it leads to, if that is inside: the size of a file outside is none of a client's business.
 */
static bool describe(const struct listing *l, const struct dirent *d, struct entry *e)
{
    struct stat st;
    if (d->d_type != DT_LNK && fstatat(dirfd(l->dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (d->d_type == DT_LNK || S_ISLNK(st.st_mode)) {
        char full[PATH_MAX];
        int n = snprintf(full, sizeof full, "%.*s%s%s", (int)l->path_len, l->path, l->path_len ? "/" : "",
                         d->d_name);
        if ((size_t)n >= sizeof full || root_stat(l->root, full, &st) < 0)
            return false;
    }
    e->folder = S_ISDIR(st.st_mode);
    e->size = (uint64_t)st.st_size;
    e->modified = st.st_mtim.tv_sec;
    return e->folder || S_ISREG(st.st_mode);
}

static bool keep_name(struct listing *l, const char *name, uint32_t *ret_at)
{
    size_t n = strlen(name) + 1;
    if (l->names_len + n > l->names_cap) {
        size_t cap = l->names_cap ? l->names_cap * 2 : 4096;
        char *names = realloc(l->names, cap);
        if (!names)
            return false;
        l->names = names;
        l->names_cap = cap;
    }
    *ret_at = (uint32_t)l->names_len;
    memcpy(l->names + l->names_len, name, n);
    l->names_len += n;
    return true;
}

static int compare(const void *a, const void *b, void *names)
{
    const struct entry *x = a, *y = b;
    if (x->folder != y->folder)
        return x->folder ? -1 : 1;
    return strcmp((char *)names + x->name, (char *)names + y->name);
}

static bool make_room(struct listing *l)
{
    if (l->count < l->entries_cap)
        return true;
    unsigned cap = l->entries_cap ? l->entries_cap * 2 : 64;
    struct entry *entries = realloc(l->entries, cap * sizeof *entries);
    if (!entries)
        return false;
    l->entries = entries;
    l->entries_cap = cap;
    return true;
}

static const char out_of_memory[] = "there was no memory for its listing";

static void listing_load(struct source *s)
{
    struct listing *l = (struct listing *)s;
    l->count = l->next = 0;
    l->names_len = 0;
    l->loaded = true;
    while (l->count < LISTING_BATCH) {
        errno = 0;
        const struct dirent *d = readdir(l->dir);
        if (!d) {
            l->walked = true;
            if (errno != 0)
                l->source.broken = "the folder could not be read to its end";
            break;
        }
        struct slice name = slice_of(d->d_name);
        if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")) || !root_shows(l->root, name))
            continue;
        if (!make_room(l)) {
            l->source.broken = out_of_memory;
            return;
        }
        struct entry *e = &l->entries[l->count];
        if (!describe(l, d, e))
            continue;
        if (!keep_name(l, l->root->only[0] ? l->root->only : d->d_name, &e->name)) {
            l->source.broken = out_of_memory;
            return;
        }
        l->count++;
    }
    if (l->count > 0)
        qsort_r(l->entries, l->count, sizeof *l->entries, compare, l->names);
}

static void add_entries(struct listing *l)
{
    while (l->next < l->count && buf_space(&l->text) >= LISTING_ENTRY_MAX) {
        const struct entry *e = &l->entries[l->next++];
        struct listing_entry shown = {slice_of(l->names + e->name), e->folder, e->size, e->modified};
        listing_add_entry(&l->text, l->format, &shown, l->shown++ == 0);
    }
}

/* Makes the text that comes next. */
static enum io write_text(struct listing *l)
{
    if (l->at == LISTING_BEGIN) {
        listing_add_head(&l->text, l->format, (struct slice){l->path, l->path_len});
        l->at = LISTING_ENTRIES;
    }
    if (l->at == LISTING_ENTRIES) {
        add_entries(l);
        if (l->next == l->count && l->walked) {
            listing_add_tail(&l->text, l->format, l->shown);
            l->at = LISTING_END;
        }
    }
    if (l->text.failed)
        l->source.broken = "its listing does not fit";
    return l->text.failed ? IO_FAIL : IO_OK;
}

static enum io listing_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct listing *l = (struct listing *)s;
    if (!l->loaded)
        return IO_WANT_WORKER;
    if (s->broken)
        return IO_FAIL;
    if (buf_len(&l->text) == 0) {
        if (l->at == LISTING_END)
            return IO_EOF;
        if (write_text(l) == IO_FAIL)
            return IO_FAIL;
    }
    struct slice ready = buf_slice(&l->text);
    if (ready.n == 0) { /* An empty head, and entries still to be read. */
        l->loaded = l->at == LISTING_END;
        return l->loaded ? IO_EOF : IO_WANT_WORKER;
    }
    if (ready.n > cap)
        ready.n = cap;
    memcpy(to, ready.p, ready.n);
    buf_consume(&l->text, ready.n);
    if (buf_len(&l->text) == 0 && l->next == l->count && !l->walked)
        l->loaded = false;
    *ret_n = ready.n;
    return IO_OK;
}

static void listing_close(struct source *s)
{
    struct listing *l = (struct listing *)s;
    closedir(l->dir);
    buf_free(&l->text);
    free(l->entries);
    free(l->names);
    free(l);
}

static const struct source_ops listing_ops = {
    .read = listing_read,
    .load = listing_load,
    .close = listing_close,
};

struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   enum listing_format format)
{
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    struct listing *l = calloc(1, sizeof *l + name.n + 1);
    DIR *dir = l ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        free(l);
        return NULL;
    }
    l->source = (struct source){
        .ops = &listing_ops,
        .distant = kind == FS_SLOW,
        .slow_close = kind == FS_SLOW,
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = listing_type(format),
    };
    l->root = root;
    l->format = format;
    l->dir = dir;
    l->text = buf_new(TEXT_MAX);
    l->path_len = name.n;
    memcpy(l->path, name.p, name.n);
    return &l->source;
}
