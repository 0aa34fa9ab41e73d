/* One version of a regular file, open, for any number of answers at once. */
#pragma once

#include "base/buf.h"
#include "content/page_cache.h"
#include "content/root.h"

#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

/* A file up to this size is read at once, for all answers that share the version. */
#define VERSION_SMALL (16 * 1024)

#define VERSION_TAG_MAX 96

/* What the beginning of a text is (sample.h). */
enum sample {
    SAMPLE_LATER, /* not yet known */
    SAMPLE_UTF8,
    SAMPLE_OTHER, /* another encoding, or not a text */
};

struct version {
    atomic_uint refs; /* a worker may drop the last one */
    int fd;
    enum fs_kind kind;
    uint64_t length;
    struct timespec modified, changed;
    bool settled;     /* its times vouch for its bytes (settled.h) */
    bool straight;    /* no symbolic link is on the path of its name; set by the caller of version_open() */
    bool grows;       /* programs that write to it append; set by the caller of version_open() */
    bool lean;        /* its bytes are not kept, because there is no room; set by the owner of the share
                         (site/share.c) */
    const char *type; /* for Content-Type; static */
    char etag[VERSION_TAG_MAX]; /* with its quotes; strong if settled, otherwise unique to this look */
    char *bytes;             /* all bytes of a small file, once read; only used by the loop that shares it */
    enum sample sample;      /* likewise */
    uint64_t held_seq;       /* likewise: when it was last checked (source_ops.holds) */
    struct page_cache pages; /* likewise */
    struct buf head_end;     /* likewise: cached tail of the 200 head (source.head_end) */
    unsigned alone;          /* likewise: a bit for each neighbour that does not exist (site/neighbour.c), */
    uint64_t alone_seq;      /* valid for requests that came when `arrivals` was this or less */
};

/* Takes fd, also on failure: NULL if memory ran out. `st` is the stat of fd. */
struct version *version_open(int fd, const struct stat *st, enum fs_kind kind, const char *type);
struct version *version_ref(struct version *v);
/* NULL is allowed. */
void version_unref(struct version *v);

/* Whether the file still has the promised bytes. Bytes appended to a file that grows were not promised. */
bool version_holds(const struct version *v);

/* Like pread(), but never blocks on a disk: -1 with EAGAIN if it would, EOPNOTSUPP if that cannot be told. */
ssize_t version_read_now(struct version *v, char *to, size_t n, uint64_t off);

/* All bytes of a small file, read once, without blocking. NULL if that is not possible: the normal way of
 * reading reports why. */
const char *version_bytes(struct version *v);

/* Whether dropping this reference would free the file's blocks, which takes time by its size: then do it on
 * a worker. */
bool version_unref_waits(const struct version *v);
