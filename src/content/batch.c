/* Several files of a folder, as one tar (pax).
 *
 * A file of up to 1 MiB is read before its head is written, so that the head has its SHA-256, and a file that
 * has changed meanwhile is a member without bytes that says so. Of a larger one, the bytes follow a head that
 * has promised them: if they do not come, the connection is cut. Everything here blocks, so it runs on
 * workers. */
#include "content/batch.h"

#include "base/cleanup.h"
#include "content/tar.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How much is made ahead of the connection, before the last member. */
#define STRETCH_BYTES (256 * 1024)
#define WHOLE_MAX (1024 * 1024)

struct batch {
    struct source source;
    const struct root *root;
    struct buf names; /* those that are to come */
    struct buf out;
    bool ended;
    int fd; /* of a large file that is being sent; -1: none */
    struct stat st;
    uint64_t done;
    size_t folder_len;
    char folder[];
};

/* Adds a member without bytes. */
static void add_error(struct batch *b, struct slice name, const char *error)
{
    char head[TAR_HEAD_MAX];
    struct tar_member m = {.path = name, .error = error};
    buf_add(&b->out, (struct slice){head, tar_head(&m, head)});
}

static void add_zeros(struct batch *b, size_t n)
{
    static const char zeros[TAR_END];
    buf_add(&b->out, (struct slice){zeros, n});
}

static struct tar_member member_of(struct slice name, const struct stat *st)
{
    return (struct tar_member){
        .path = name,
        .size = (uint64_t)st->st_size,
        .modified = st->st_mtim.tv_sec,
        .modified_ns = st->st_mtim.tv_nsec,
    };
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Reads n bytes, and then looks whether the file still is what it was: so no byte that was written meanwhile
 * can be among them. NULL if all is well, otherwise the error. */
static const char *read_all(int fd, const struct stat *st, char *to, size_t n, uint64_t off)
{
    struct stat now;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)(off + done));
        if (got < 0)
            return "failed";
        if (got == 0)
            return "changed";
        done += (size_t)got;
    }
    return fstat(fd, &now) == 0 && is_same(st, &now) ? NULL : "changed";
}

/* The bytes go to their place in the output, after the room for their head. */
static void add_whole(struct batch *b, struct slice name, int fd, const struct stat *st)
{
    char head[TAR_HEAD_MAX];
    struct sha256_digest digest = {{0}};
    struct tar_member m = member_of(name, st);
    m.digest = &digest;
    size_t head_len = tar_head(&m, head); /* the digest's value does not change its length */
    char *to = buf_reserve(&b->out, head_len + m.size);
    if (!to)
        return;
    const char *error = read_all(fd, st, to + head_len, m.size, 0);
    if (error) {
        add_error(b, name, error);
        return;
    }
    digest = sha256_of((struct slice){to + head_len, m.size});
    tar_head(&m, to);
    buf_grew(&b->out, head_len + m.size);
    add_zeros(b, tar_padding(m.size));
}

/* Takes fd. */
static void begin_large(struct batch *b, struct slice name, int fd, const struct stat *st)
{
    char head[TAR_HEAD_MAX];
    struct tar_member m = member_of(name, st);
    buf_add(&b->out, (struct slice){head, tar_head(&m, head)});
    b->fd = fd;
    b->st = *st;
    b->done = 0;
}

static void go_on_with_large(struct batch *b)
{
    uint64_t size = (uint64_t)b->st.st_size, left = size - b->done;
    size_t n = left < STRETCH_BYTES ? (size_t)left : STRETCH_BYTES;
    char *to = buf_reserve(&b->out, n);
    if (!to)
        return;
    if (read_all(b->fd, &b->st, to, n, b->done)) {
        b->source.broken = "a file changed while it was being sent with others, or could not be read";
        return;
    }
    buf_grew(&b->out, n);
    b->done += n;
    if (b->done < size)
        return;
    add_zeros(b, tar_padding(size));
    close(b->fd);
    b->fd = -1;
}

/* What a GET would say of it. */
static const char *error_of(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
    case ENODATA:
        return "denied";
    default:
        return root_says_gone(error) ? "gone" : "failed";
    }
}

static void add_name(struct batch *b, struct slice name)
{
    struct stat st;
    enum fs_kind kind;
    AUTO_CLOSE int fd = root_open_below(b->root, (struct slice){b->folder, b->folder_len}, name, &st, &kind);
    if (fd < 0)
        add_error(b, name, error_of(fd));
    else if (!S_ISREG(st.st_mode))
        add_error(b, name, "gone");
    else if (st.st_size <= WHOLE_MAX)
        add_whole(b, name, fd, &st);
    else
        begin_large(b, name, TAKE_FD(fd), &st);
}

static void next_name(struct batch *b)
{
    struct slice rest = buf_slice(&b->names), name;
    if (slice_cut(&rest, '\0', &name)) {
        add_name(b, name);
        buf_consume(&b->names, name.n + 1);
        return;
    }
    add_zeros(b, TAR_END);
    buf_free(&b->names);
    b->ended = true;
}

static void count_memory(struct batch *b)
{
    b->source.held = b->names.cap + b->out.cap;
}

static void batch_load(struct source *s)
{
    struct batch *b = (struct batch *)s;
    while (buf_len(&b->out) < STRETCH_BYTES && !b->ended && !s->broken) {
        if (b->fd >= 0)
            go_on_with_large(b);
        else
            next_name(b);
        if (b->out.failed)
            source_break_for_now(s, "there was no memory for its files");
    }
    count_memory(b);
}

static enum io batch_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct batch *b = (struct batch *)s;
    return source_read_made(s, &b->out, b->ended, to, cap, ret_n);
}

static void batch_close(struct source *s)
{
    struct batch *b = (struct batch *)s;
    if (b->fd >= 0)
        close(b->fd);
    buf_free(&b->names);
    buf_free(&b->out);
    free(b);
}

static const struct source_ops batch_ops = {.read = batch_read, .load = batch_load, .close = batch_close};

struct source *source_open_batch(const struct root *root, struct slice name, struct buf *names)
{
    struct batch *b = malloc(sizeof *b + name.n);
    if (!b)
        return NULL;
    *b = (struct batch){
        .source =
            {
                .ops = &batch_ops,
                .kind = SOURCE_ARCHIVE,
                .distant = true, /* another file system may be mounted below */
                .length = SOURCE_LENGTH_UNKNOWN,
                .type = "application/x-tar",
            },
        .root = root,
        .names = *names,
        /* a stretch, and a member that passes its end, with the end of the archive */
        .out = buf_new(STRETCH_BYTES + TAR_HEAD_MAX + WHOLE_MAX + TAR_BLOCK + TAR_END),
        .fd = -1,
        .folder_len = name.n,
    };
    *names = buf_new(names->max);
    memcpy(b->folder, name.p, name.n);
    count_memory(b);
    return &b->source;
}
