/* A folder as a tar archive: generated while it is sent, and still with a length, a tag and ranges.
 *
 * Everything here blocks, so it runs on workers: load() makes a stretch, read() copies it. */
#include "content/archive.h"

#include "content/manifest.h"
#include "content/zip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* How much is generated ahead of the connection; each download has such a buffer. */
#define STRETCH_BYTES (256 * 1024)
/* How many members one load() may skip. On the way to a range deep inside the archive it returns from time
 * to time, so that a client that has left is noticed. */
#define LOAD_MEMBERS 4096

struct tarball {
    struct source source;
    struct manifest *manifest;
    /* The current member: its offset in the archive, and its parts. */
    uint64_t begin;
    size_t head_len;
    uint64_t size;
    size_t padding;
    bool ended; /* the member is the zeros at the end */
    uint64_t stretch_off;
    size_t stretch_len;
    char *stretch;
    char head[TAR_HEAD_MAX];
};

static uint64_t member_length(const struct tarball *t)
{
    return t->head_len + t->size + t->padding;
}

static void rewind_to_begin(struct tarball *t)
{
    manifest_rewind(t->manifest);
    t->begin = t->size = 0;
    t->head_len = t->padding = 0;
    t->ended = false;
}

static bool next_member(struct tarball *t)
{
    struct tar_member m;
    t->begin += member_length(t);
    t->head_len = t->padding = 0;
    t->size = 0;
    switch (manifest_next(t->manifest, &m)) {
    case MANIFEST_MEMBER:
        t->head_len = tar_head(&m, t->head);
        t->size = m.size;
        t->padding = tar_padding(m.size);
        return true;
    case MANIFEST_END:
        t->padding = TAR_END;
        t->ended = true;
        return true;
    case MANIFEST_FAIL:
        manifest_break(t->manifest, &t->source);
        return false;
    }
    __builtin_unreachable();
}

/* Copies bytes of the current member from `offset` in it: at least one, at most n. Returns 0 on failure. */
static size_t copy_member(struct tarball *t, uint64_t offset, char *to, size_t n)
{
    uint64_t data_end = t->head_len + t->size;
    if (offset < t->head_len) {
        if (n > t->head_len - offset)
            n = t->head_len - offset;
        memcpy(to, t->head + offset, n);
    } else if (offset < data_end) {
        if (n > data_end - offset)
            n = data_end - offset;
        if (!manifest_read(t->manifest, offset - t->head_len, to, n)) {
            manifest_break(t->manifest, &t->source);
            return 0;
        }
    } else {
        if (n > member_length(t) - offset)
            n = member_length(t) - offset;
        memset(to, 0, n);
    }
    return n;
}

static void tarball_load(struct source *s)
{
    struct tarball *t = (struct tarball *)s;
    t->stretch_len = 0;
    if (!t->stretch)
        t->stretch = malloc(STRETCH_BYTES);
    if (!t->stretch) {
        source_break_for_now(s, "there was no memory for its archive");
        return;
    }
    if (s->position < t->begin)
        rewind_to_begin(t);
    t->stretch_off = s->position;
    unsigned members = 0;
    while (t->stretch_len < STRETCH_BYTES && members < LOAD_MEMBERS && !s->broken) {
        uint64_t at = t->stretch_off + t->stretch_len;
        if (at < t->begin + member_length(t))
            t->stretch_len +=
                copy_member(t, at - t->begin, t->stretch + t->stretch_len, STRETCH_BYTES - t->stretch_len);
        else if (t->ended)
            break;
        else
            members += next_member(t);
    }
}

static enum io tarball_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct tarball *t = (struct tarball *)s;
    uint64_t offset = s->position - t->stretch_off;
    if (s->position < t->stretch_off || offset >= t->stretch_len)
        return s->broken ? IO_FAIL : IO_WANT_WORKER;
    if (cap > t->stretch_len - offset)
        cap = t->stretch_len - offset;
    memcpy(to, t->stretch + offset, cap);
    s->position += cap;
    *ret_n = cap;
    return IO_OK;
}

static void tarball_close(struct source *s)
{
    struct tarball *t = (struct tarball *)s;
    manifest_free(t->manifest);
    free(t->stretch);
    free(t);
}

static const struct source_ops tarball_ops = {
    .read = tarball_read,
    .load = tarball_load,
    .close = tarball_close,
};

/* Takes m, also on failure. */
static int open_tarball(struct manifest *m, struct source **ret)
{
    const struct stock *stock = manifest_stock(m);
    struct tarball *t = calloc(1, sizeof *t);
    if (!t) {
        manifest_free(m);
        return -ENOMEM;
    }
    /* No date: If-Range with a date would trust whole seconds, and the newest member's time says nothing
     * about members that were removed. */
    t->source = (struct source){
        .ops = &tarball_ops,
        .kind = SOURCE_ARCHIVE,
        .held = 3 * STRETCH_BYTES, /* an estimate for the manifest and the kernel's buffers */
        .distant = true,           /* another file system may be mounted below */
        .length = stock->tar_length,
        .type = "application/x-tar",
    };
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stock->settled)
        snprintf(t->source.etag, sizeof t->source.etag, "\"tar-%s\"", stock->digest);
    else /* As in version.c. */
        snprintf(t->source.etag, sizeof t->source.etag, "W/\"tar-%s~%lx.%lx\"", stock->digest,
                 (unsigned long)now.tv_sec, (unsigned long)now.tv_nsec);
    t->manifest = m;
    *ret = &t->source;
    return 0;
}

struct slice archive_title(struct slice name)
{
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
    if (slash)
        name = slice_from(name, (size_t)(slash - name.p) + 1);
    /* "." and ".." would make members that unpack outside the folder. */
    if (name.n == 0 || slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")))
        return SLICE("files");
    return name;
}

int source_open_archive(struct turn **mine, const struct root *root, struct slice name,
                        enum archive_format format, struct source **ret)
{
    struct stock *stock;
    int error = turn_take(mine, root, name, archive_title(name), &stock);
    if (error < 0)
        return error;
    struct manifest *m = manifest_new(stock);
    if (!m)
        return -ENOMEM;
    return format == ARCHIVE_FORMAT_ZIP ? source_open_zip(m, ret) : open_tarball(m, ret);
}
