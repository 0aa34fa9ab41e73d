/* One version of a regular file, open, for any number of answers at once. */
#pragma once

#include "base/buf.h"
#include "content/page_cache.h"
#include "content/root.h"

#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

/* A file that is no larger is read in one go, once for all answers that share the version. */
#define VERSION_SMALL (16 * 1024)

#define VERSION_TAG_MAX 96

/* What the beginning of a text is (sample.h). */
enum sample {
    SAMPLE_LATER, /* not yet known */
    SAMPLE_UTF8,
    SAMPLE_OTHER, /* another encoding, or no text */
};

struct version {
    atomic_uint refs; /* a worker may drop the last one */
    int fd;
    enum fs_kind kind;
    uint64_t length;
    struct timespec modified, changed;
    bool settled;               /* its times vouch for its bytes (settled.h) */
    bool straight;              /* its name leads to it without a link; set by who opened it */
    bool grows;                 /* whoever writes to it appends; set by who opened it */
    bool lean;                  /* there is no room for its bytes; set by who shares it (site/share.c) */
    const char *type;           /* for Content-Type; static */
    char etag[VERSION_TAG_MAX]; /* with its quotes; strong when settled, otherwise of this look alone */
    char *bytes;        /* all of a small one, once it was read; only the loop that shares it looks here */
    enum sample sample; /* likewise */
    uint64_t held_at;   /* likewise: when it was last seen to hold (source_ops.holds) */
    struct page_cache pages; /* likewise */
    struct buf head_end;     /* likewise: what answers say of it (source.head_end) */
    unsigned alone;          /* likewise: a bit for each neighbour that is not there (site/neighbour.c), */
    uint64_t alone_at;       /* for requests that had come when `arrivals` was this */
};

/* Takes fd, also on failure: NULL when memory ran out. `st` is fd's. */
struct version *version_open(int fd, const struct stat *st, enum fs_kind kind, const char *type);
struct version *version_ref(struct version *v);
/* NULL is harmless. */
void version_unref(struct version *v);

/* Whether the descriptor still has what was promised. What was appended to a file that grows was not. */
bool version_holds(const struct version *v);

/* As pread() does, but without waiting for a disk: -1 with EAGAIN when it would have to, EOPNOTSUPP when
 * nobody can say. */
ssize_t version_read_now(struct version *v, char *to, size_t n, uint64_t off);

/* All bytes of a small one, read once, and without waiting. NULL when that cannot or should not be: then the
 * ordinary way of reading tells why. */
const char *version_bytes(struct version *v);

/* Whether dropping this reference would free the file's blocks, which takes time by its size: then let a
 * worker do it. */
bool version_unref_waits(const struct version *v);
