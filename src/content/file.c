/* A regular file as a source: the bytes of one version, without blocking a loop on its disk. */
#include "content/file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

/* How much a worker reads ahead at once: long enough to be worth a disk's seek, short enough that eight
 * slow readers do not delay each other. */
#define AHEAD_BYTES (1024 * 1024)
/* How much a worker reads ahead of a file that only workers may read; each such connection has a buffer of
 * this size. */
#define STRETCH_BYTES (128 * 1024)

struct file {
    struct source source;
    struct version *version;
    enum {
        FILE_DIRECT, /* never blocks */
        FILE_PROBED, /* the kernel says whether reading would block; if so, a worker reads the bytes into the
                        page cache */
        FILE_BY_WORKER, /* the kernel cannot say: a worker reads each stretch into our buffer */
    } mode;
    uint64_t loaded_off;  /* FILE_PROBED: where a worker last read into the page cache */
    uint64_t stretch_off; /* FILE_BY_WORKER: the offset of the bytes in `stretch` */
    size_t stretch_len;
    char *stretch;
};

/* Called after n bytes were read (n <= 0: none): checks that the file is still complete and the same. */
static enum io check(struct file *f, ssize_t n)
{
    if (n < 0)
        f->source.broken = "it could not be read";
    else if (n == 0 || !version_holds(f->version))
        f->source.broken = "it changed while it was being sent";
    return f->source.broken ? IO_FAIL : IO_OK;
}

static enum io want_worker_instead(struct file *f)
{
    f->mode = FILE_BY_WORKER;
    f->source.can_send = false;
    return IO_WANT_WORKER;
}

static enum io read_stretch(struct file *f, void *to, size_t n, size_t *ret_n)
{
    uint64_t offset = f->source.position - f->stretch_off;
    if (!f->stretch || f->source.position < f->stretch_off || offset >= f->stretch_len)
        return IO_WANT_WORKER;
    if (n > f->stretch_len - offset)
        n = f->stretch_len - offset;
    memcpy(to, f->stretch + offset, n);
    f->source.position += n;
    *ret_n = n;
    return IO_OK;
}

/* The bytes are not in the page cache, so a worker has to read them. If one has just done that and they are
 * still not there, the disk or the memory is in trouble, and only our own buffer is safe. */
static enum io want_loaded(struct file *f)
{
    return f->loaded_off == f->source.position ? want_worker_instead(f) : IO_WANT_WORKER;
}

static enum io file_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct file *f = (struct file *)s;
    if (cap > s->length - s->position)
        cap = s->length - s->position;
    if (s->broken)
        return IO_FAIL;
    const char *all = version_bytes(f->version);
    if (all) {
        memcpy(to, all + s->position, cap);
        s->position += cap;
        *ret_n = cap;
        return IO_OK;
    }
    if (f->mode == FILE_BY_WORKER)
        return read_stretch(f, to, cap, ret_n);
    ssize_t n = version_read_now(f->version, to, cap, s->position);
    if (n < 0 && errno == EAGAIN)
        return want_loaded(f);
    if (n < 0) /* RWF_NOWAIT is not supported, or forbidden by a sandbox. If the disk failed, the worker will
                  see the error. */
        return want_worker_instead(f);
    /* Check after the copy, so that no byte written in the meantime can be among those that are sent. */
    if (check(f, n) == IO_FAIL)
        return IO_FAIL;
    s->position += (uint64_t)n;
    *ret_n = (size_t)n;
    return IO_OK;
}

/* Whether sendfile() of this range would block. */
static enum io probe(struct file *f, uint64_t off, uint64_t len)
{
    struct version *v = f->version;
    switch (page_cache_has(&v->pages, v->fd, v->length, off, len)) {
    case CACHED_ALL:
        return IO_OK;
    case CACHED_NO:
        return want_loaded(f);
    case CACHED_UNKNOWN:
        break;
    }
    return want_worker_instead(f);
}

/* Whether the error says that the connection is gone. Any other error of sendfile() is about this file or
 * this system, where the call may not exist or may be forbidden by a sandbox. */
static bool peer_has_gone(int error)
{
    return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == ENOTCONN ||
           error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN;
}

/* Set once the system refuses sendfile() for all files. */
static atomic_bool never_sends;

/* Copies the bytes instead; if they cannot be read, that shows there. */
static enum io copy_instead(struct file *f, int error)
{
    if (error == ENOSYS || error == EPERM)
        atomic_store_explicit(&never_sends, true, memory_order_relaxed);
    f->source.can_send = false;
    return IO_WANT_WORKER;
}

static enum io file_send(struct source *s, int socket, size_t max, size_t *ret_n)
{
    struct file *f = (struct file *)s;
    if (max > s->length - s->position)
        max = s->length - s->position;
    if (s->broken)
        return IO_FAIL;
    if (f->mode == FILE_PROBED) {
        enum io ready = probe(f, s->position, max);
        if (ready != IO_OK)
            return ready;
    }
    off_t offset = (off_t)s->position;
    ssize_t n = sendfile(socket, f->version->fd, &offset, max);
    if (n < 0 && errno == EAGAIN)
        return IO_WANT_WRITE;
    if (n < 0 && peer_has_gone(errno))
        return IO_FAIL;
    if (n < 0 && errno != EIO)
        return copy_instead(f, errno);
    if (n <= 0)
        return check(f, n);
    s->position += (uint64_t)n;
    *ret_n = (size_t)n;
    return IO_OK;
}

static bool file_holds(struct source *s, uint64_t since, uint64_t now)
{
    struct file *f = (struct file *)s;
    if (f->version->held_seq >= since)
        return !s->broken;
    if (check(f, 1) == IO_FAIL)
        return false;
    f->version->held_seq = now;
    return true;
}

/* Reads the bytes into the page cache; readahead() would only start that. */
static void load_page_cache(struct file *f)
{
    char piece[64 * 1024];
    uint64_t at = f->source.position, end = at + AHEAD_BYTES;
    if (end > f->source.length)
        end = f->source.length;
    f->loaded_off = at;
    while (at < end) {
        ssize_t n = pread(f->version->fd, piece, sizeof piece, (off_t)at);
        if (n <= 0 && at > f->loaded_off)
            return; /* Bytes before the end can still be sent. */
        if (check(f, n) == IO_FAIL)
            return;
        at += (uint64_t)n;
    }
}

static void load_stretch(struct file *f)
{
    if (!f->stretch)
        f->stretch = malloc(STRETCH_BYTES);
    uint64_t left = f->source.length - f->source.position;
    size_t want = left < STRETCH_BYTES ? left : STRETCH_BYTES;
    ssize_t n = f->stretch ? pread(f->version->fd, f->stretch, want, (off_t)f->source.position) : -1;
    check(f, n);
    f->stretch_off = f->source.position;
    f->stretch_len = n > 0 ? (size_t)n : 0;
}

static void file_load(struct source *s)
{
    struct file *f = (struct file *)s;
    if (f->mode == FILE_BY_WORKER)
        load_stretch(f);
    else
        load_page_cache(f);
}

static bool file_close_waits(const struct source *s)
{
    return version_unref_waits(((const struct file *)s)->version);
}

static void file_close(struct source *s)
{
    struct file *f = (struct file *)s;
    version_unref(f->version);
    free(f->stretch);
    free(f);
}

static const struct source_ops file_ops = {
    .read = file_read,
    .send = file_send,
    .holds = file_holds,
    .load = file_load,
    .close_waits = file_close_waits,
    .close = file_close,
};

struct source *source_open_file(struct version *v)
{
    struct file *f = v ? malloc(sizeof *f) : NULL;
    if (!f) {
        version_unref(v);
        return NULL;
    }
    f->source = (struct source){
        .ops = &file_ops,
        .kind = SOURCE_FILE,
        .can_send = v->kind != FS_SLOW && !atomic_load_explicit(&never_sends, memory_order_relaxed),
        .distant = v->kind == FS_SLOW,
        .length = v->length,
        .modified = v->settled ? v->modified.tv_sec : 0,
        .changed = v->changed.tv_sec,
        .type = v->type,
        .head_end = &v->head_end,
    };
    memcpy(f->source.etag, v->etag, sizeof v->etag);
    f->version = v;
    f->mode = v->kind == FS_MEMORY ? FILE_DIRECT : v->kind == FS_SLOW ? FILE_BY_WORKER : FILE_PROBED;
    f->loaded_off = UINT64_MAX;
    f->stretch_off = 0;
    f->stretch_len = 0;
    f->stretch = NULL;
    return &f->source;
}
