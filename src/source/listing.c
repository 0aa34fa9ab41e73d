/* A folder's listing as a source: from one walk, in bounded memory. */
#include "source/listing.h"

#include "source/listing_format.h"
#include "source/selection.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Entries made ahead of what the connection takes. */
#define TEXT_MAX (64 * 1024)
/* Names looked at before the worker is free for others. */
#define STRIDE 16384

struct listing {
    struct source source;
    const struct root *root;
    const struct listing_look *look;
    struct listing_query query;
    struct entry after; /* its name is in query.after; NULL: from the front */
    DIR *dir;
    enum { LISTING_BEGIN, LISTING_ENTRIES, LISTING_README, LISTING_END } at;
    bool begun, loaded, walked; /* load() ran; there is a batch; the folder has no more */
    struct selection selection;
    size_t next;
    struct entry last; /* of this page, when there is a further one; its name is malloc'ed */
    struct listing_frame frame;
    struct readme readme;
    struct buf text;
    size_t path_len;
    char path[];
};

/* What its name stands for on the disk: a single served file may be called otherwise. */
static const char *name_on_disk(const struct listing *l, const char *name)
{
    return l->root->only[0] ? l->root->only_file : name;
}

/* The list cannot be made: it is never one that lacks what was in the folder. */
static void fail(struct listing *l, int error)
{
    struct source *s = &l->source;
    switch (-error) {
    case ENOMEM:
        source_break_for_now(s, "there was no memory for its listing");
        return;
    case EMFILE:
    case ENFILE:
        source_break_for_now(s, "there were no descriptors left to look at what is in it");
        return;
    case EBUSY:
        source_break_for_now(s, "so much was renamed meanwhile that nothing in it could be looked at");
        return;
    default:
        s->broken = "what is in it could not be looked at";
        return;
    }
}

static int stat_link(const struct listing *l, const char *name, struct stat *ret)
{
    char full[PATH_MAX];
    int n = snprintf(full, sizeof full, "%.*s%s%s", (int)l->path_len, l->path, l->path_len ? "/" : "", name);
    return (size_t)n < sizeof full ? root_stat(l->root, full, ret) : -ENAMETOOLONG;
}

/* A link is what it leads to, if that is inside: the size of a file outside is none of a client's business. 0
 * or a negative errno; one that root_says_gone() when it is nothing that is served. */
static int describe(const struct listing *l, struct entry *e, bool link)
{
    struct stat st;
    const char *name = name_on_disk(l, e->name);
    if (!link && fstatat(dirfd(l->dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    int error = link || S_ISLNK(st.st_mode) ? stat_link(l, name, &st) : 0;
    if (error < 0)
        return error;
    e->folder = S_ISDIR(st.st_mode);
    e->size = (uint64_t)st.st_size;
    e->modified = st.st_mtim.tv_sec;
    e->described = true;
    return e->folder || S_ISREG(st.st_mode) ? 0 : -ENOENT;
}

/* As much of an entry as its place in the order depends on: for most, where names decide, that costs no look
 * at the file. As describe(). */
static int identify(const struct listing *l, const struct dirent *d, struct entry *e)
{
    struct slice name = slice_of(d->d_name);
    if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")) || !root_shows(l->root, name))
        return -ENOENT;
    *e = (struct entry){
        .name = (l->root->only[0] ? l->root->only : d->d_name),
        .folder = d->d_type == DT_DIR,
    };
    if (d->d_type != DT_DIR && d->d_type != DT_REG && d->d_type != DT_LNK && d->d_type != DT_UNKNOWN)
        return -ENOENT;
    if (l->query.order.key == ORDER_NAME && (d->d_type == DT_DIR || d->d_type == DT_REG))
        return 0;
    return describe(l, e, d->d_type == DT_LNK);
}

static void offer(struct listing *l, const struct dirent *d)
{
    struct entry e;
    int error = identify(l, d, &e);
    if (error < 0) {
        if (!root_says_gone(error))
            fail(l, error);
        return;
    }
    if (l->after.name && order_compare(&l->query.order, &e, &l->after) <= 0)
        return;
    if (l->query.limit != 0 && !selection_wants(&l->selection, &e))
        return;
    if (!selection_add(&l->selection, &e))
        fail(l, -ENOMEM);
}

/* The walk is over, or a run is full. What is shown is described only now. */
static void finish_batch(struct listing *l)
{
    struct selection *s = &l->selection;
    selection_sort(s);
    if (l->query.limit != 0 && s->count > l->query.limit) {
        selection_cut(s, l->query.limit);
        l->last = s->entries[s->count - 1];
        l->last.name = strdup(l->last.name);
        if (!l->last.name)
            fail(l, -ENOMEM);
        else
            l->frame.last = &l->last;
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct entry e = s->entries[i];
        int error = e.described || l->source.broken ? 0 : describe(l, &e, false);
        if (error < 0 && !root_says_gone(error))
            fail(l, error);
        if (error == 0)
            s->entries[kept++] = e;
        else
            free((char *)e.name);
    }
    s->count = kept;
    l->loaded = true;
}

static void listing_load(struct source *s)
{
    struct listing *l = (struct listing *)s;
    if (!l->begun && l->query.format == LISTING_HTML && l->look->readme && !l->after.name)
        l->readme = readme_load(l->root, (struct slice){l->path, l->path_len});
    l->begun = true;
    if (l->readme.html.failed)
        fail(l, -ENOMEM);
    if (l->next > 0) {
        selection_cut(&l->selection, 0);
        l->next = 0;
    }
    for (unsigned i = 0; i < STRIDE && !l->walked && !l->source.broken; i++) {
        errno = 0;
        const struct dirent *d = readdir(l->dir);
        if (d) {
            offer(l, d);
            if (l->query.limit == 0 && l->selection.count == LISTING_BATCH)
                break;
            continue;
        }
        l->walked = true;
        if (errno != 0)
            l->source.broken = "the folder could not be read to its end";
    }
    if (l->source.broken)
        return;
    if (l->walked || (l->query.limit == 0 && l->selection.count == LISTING_BATCH))
        finish_batch(l);
}

static void add_entries(struct listing *l)
{
    while (l->next < l->selection.count && buf_len(&l->text) < TEXT_MAX - LISTING_ENTRY_MAX) {
        const struct entry *e = &l->selection.entries[l->next++];
        struct listing_entry shown = {slice_of(e->name), e->folder, e->size, e->modified};
        listing_add_entry(&l->text, &l->frame, &shown);
        if (e->folder) {
            l->frame.folders++;
        } else {
            l->frame.files++;
            l->frame.bytes += e->size;
        }
    }
}

static void add_readme(struct listing *l)
{
    struct slice piece = buf_slice(&l->readme.html);
    if (piece.n > TEXT_MAX)
        piece.n = TEXT_MAX;
    buf_add(&l->text, piece);
    buf_consume(&l->readme.html, piece.n);
}

/* Makes the text that comes next; none when the folder has to be read on. */
static void write_text(struct listing *l)
{
    switch (l->at) {
    case LISTING_BEGIN:
        /* Of one served file, an archive would be a detour; and a page behind others has these to show. */
        l->frame.archives = !l->root->only[0] && (l->selection.count > 0 || l->after.name);
        listing_add_head(&l->text, &l->frame);
        l->at = LISTING_ENTRIES;
        return;
    case LISTING_ENTRIES:
        add_entries(l);
        if (l->next < l->selection.count)
            return;
        if (l->walked) {
            listing_add_tail(&l->text, &l->frame);
            l->at = LISTING_README;
        } else {
            l->loaded = false;
        }
        return;
    case LISTING_README:
        add_readme(l);
        if (buf_len(&l->readme.html) == 0) {
            listing_add_end(&l->text, &l->frame);
            l->at = LISTING_END;
        }
        return;
    case LISTING_END:
        return;
    }
}

static enum io listing_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct listing *l = (struct listing *)s;
    while (buf_len(&l->text) == 0) {
        if (l->text.failed)
            fail(l, -ENOMEM);
        if (s->broken)
            return IO_FAIL;
        if (!l->loaded)
            return IO_WANT_WORKER;
        if (l->at == LISTING_END)
            return IO_EOF;
        write_text(l);
    }
    if (l->text.failed) {
        fail(l, -ENOMEM);
        return IO_FAIL;
    }
    struct slice ready = buf_slice(&l->text);
    if (ready.n > cap)
        ready.n = cap;
    memcpy(to, ready.p, ready.n);
    buf_consume(&l->text, ready.n);
    *ret_n = ready.n;
    return IO_OK;
}

static void listing_close(struct source *s)
{
    struct listing *l = (struct listing *)s;
    closedir(l->dir);
    buf_free(&l->text);
    buf_free(&l->readme.html);
    selection_free(&l->selection);
    free((char *)l->last.name);
    free(l);
}

static const struct source_ops listing_ops = {
    .read = listing_read,
    .load = listing_load,
    .close = listing_close,
};

struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   const struct listing_query *query, const struct listing_look *look)
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
        .walks = true,
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = listing_type(query->format),
        .policy = listing_policy(query->format),
    };
    l->root = root;
    l->look = look;
    l->query = *query;
    l->dir = dir;
    l->text = buf_new(TEXT_MAX + LISTING_FRAME_MAX);
    l->path_len = name.n;
    memcpy(l->path, name.p, name.n);
    if (query->after[0])
        order_read_place(&query->order, l->query.after, &l->after);
    /* One more than is shown, to know whether there is a further page. */
    l->selection.keep = query->limit ? query->limit + 1 : LISTING_BATCH;
    l->selection.order = query->order;
    l->frame = (struct listing_frame){
        .path = {l->path, name.n},
        .query = &l->query,
        .look = look,
        .readme = &l->readme,
    };
    return &l->source;
}
