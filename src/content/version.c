/* One version of a regular file, open, for any number of answers at once. */
#include "content/version.h"

#include "content/settled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* If the file was removed or replaced, our close() frees its blocks, which takes time: 80 to 130 ms a GB
 * were measured on ext4 and tmpfs. */
#define LARGE_BYTES (16 * 1024 * 1024)

/* Includes the time of change (ctime), which nobody can set back: a program that overwrites a file and
 * restores its modification time has made another version. While the times do not vouch for the bytes, the
 * tag is weak and unique, so that nothing is joined to it or found equal. */
static void set_tag(struct version *v, ino_t inode)
{
    struct timespec at = v->changed;
    if (!v->settled)
        clock_gettime(CLOCK_REALTIME, &at);
    snprintf(v->etag, sizeof v->etag, "%s\"%lx-%lx-%lx.%lx%c%lx.%lx\"", v->settled ? "" : "W/",
             (unsigned long)inode, (unsigned long)v->length, (unsigned long)v->modified.tv_sec,
             (unsigned long)v->modified.tv_nsec, v->settled ? '-' : '~', (unsigned long)at.tv_sec,
             (unsigned long)at.tv_nsec);
}

struct version *version_open(int fd, const struct stat *st, enum fs_kind kind, const char *type)
{
    struct version *v = malloc(sizeof *v);
    if (!v) {
        close(fd);
        return NULL;
    }
    *v = (struct version){
        .refs = 1,
        .fd = fd,
        .kind = kind,
        .length = (uint64_t)st->st_size,
        .modified = st->st_mtim,
        .changed = st->st_ctim,
        .type = type,
        .pages = kind == FS_LAYERS ? page_cache_of_another() : (struct page_cache){0},
    };
    v->settled = settled(fd, kind, v->changed);
    set_tag(v, st->st_ino);
    return v;
}

struct version *version_ref(struct version *v)
{
    atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
    return v;
}

void version_unref(struct version *v)
{
    if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) > 1)
        return;
    page_cache_end(&v->pages);
    close(v->fd);
    free(v->bytes);
    buf_free(&v->head_end);
    free(v);
}

/* Whether the file system allows only appending to the file (chattr +a). */
static bool is_append_only(int fd)
{
    struct statx stx;
    return statx(fd, "", AT_EMPTY_PATH, 0, &stx) == 0 && stx.stx_attributes & STATX_ATTR_APPEND;
}

/* Not by ctime: renaming another file over the name changes it, but this version stays valid. */
bool version_holds(const struct version *v)
{
    struct stat st;
    if (fstat(v->fd, &st) < 0)
        return false;
    if ((uint64_t)st.st_size == v->length && st.st_mtim.tv_sec == v->modified.tv_sec &&
        st.st_mtim.tv_nsec == v->modified.tv_nsec)
        return true;
    return (uint64_t)st.st_size > v->length && (v->grows || is_append_only(v->fd));
}

static ssize_t read_if(struct version *v, enum cached cached, char *to, size_t n, uint64_t off, int flags)
{
    struct iovec iov = {to, n};
    if (cached == CACHED_ALL)
        return flags ? preadv2(v->fd, &iov, 1, (off_t)off, flags) : pread(v->fd, to, n, (off_t)off);
    errno = cached == CACHED_NO ? EAGAIN : EOPNOTSUPP;
    return -1;
}

ssize_t version_read_now(struct version *v, char *to, size_t n, uint64_t off)
{
    enum cached cached;
    switch (v->kind) {
    case FS_MEMORY:
        return read_if(v, CACHED_ALL, to, n, off, 0);
    case FS_LOCAL: /* Ask first, because a read would order missing pages (page_cache_lacks). */
        cached = page_cache_lacks(&v->pages, v->fd, off, n) ? CACHED_NO : CACHED_ALL;
        return read_if(v, cached, to, n, off, RWF_NOWAIT);
    case FS_LAYERS: /* It has no RWF_NOWAIT. */
        return read_if(v, page_cache_has(&v->pages, v->fd, v->length, off, n), to, n, off, 0);
    case FS_SLOW:
        break;
    }
    return read_if(v, CACHED_UNKNOWN, to, n, off, 0);
}

const char *version_bytes(struct version *v)
{
    if (v->bytes || v->length > VERSION_SMALL || v->kind == FS_SLOW || v->lean)
        return v->bytes;
    char *bytes = malloc(v->length);
    ssize_t n = bytes ? version_read_now(v, bytes, v->length, 0) : -1;
    /* Check after the copy, so that no byte written in the meantime can be among those that are sent. */
    if (n == (ssize_t)v->length && version_holds(v))
        v->bytes = bytes;
    else
        free(bytes);
    return v->bytes;
}

bool version_unref_waits(const struct version *v)
{
    struct stat st;
    if (v->length <= LARGE_BYTES || atomic_load_explicit(&v->refs, memory_order_relaxed) > 1)
        return false;
    return fstat(v->fd, &st) < 0 || st.st_nlink == 0;
}
