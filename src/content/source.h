/* Where content comes from: a file, a listing, bytes in memory. To a connection they are all the same. */
#pragma once

#include "base/buf.h"
#include "base/result.h"
#include "base/slice.h"

#include <stdint.h>
#include <time.h>

#define SOURCE_LENGTH_UNKNOWN UINT64_MAX

struct source;

struct source_ops {
    /* Copies what comes next. IO_OK with *ret_n > 0; IO_EOF only where the length is unknown; IO_WANT_WORKER;
     * IO_WANT_READ: once the descriptor `awaited` can be read; IO_FAIL when the content broke or is no longer
     * the version that was promised. */
    enum io (*read)(struct source *s, void *to, size_t cap, size_t *ret_n);
    /* Sends what comes next straight to a socket, at most `max` bytes. As read(), and IO_WANT_WRITE; but
     * whether it still is the version that was promised, holds() tells. Optional. */
    enum io (*send)(struct source *s, int socket, size_t max, size_t *ret_n);
    /* Whether what was sent up to the moment `since` is what was promised. One look, at the moment `now`,
     * serves all who share what is looked at; the moments are counts of an owner's own. Where there is
     * send(). */
    bool (*holds)(struct source *s, uint64_t since, uint64_t now);
    /* May block, and so runs on a worker: makes the next read() or send() possible. What goes wrong is
     * answered by that next call. Optional: only a source that answers IO_WANT_WORKER has it. */
    void (*load)(struct source *s);
    /* Whether close() would free much of a disk just now, which takes its time. Optional. */
    bool (*close_waits)(const struct source *s);
    void (*close)(struct source *s);
};

enum source_kind {
    SOURCE_FILE,    /* a file, or pieces of it */
    SOURCE_LISTING, /* the names in a folder */
    SOURCE_ARCHIVE, /* a folder with everything in it */
    SOURCE_TEXT,    /* made by us: an error, a rendered Markdown file, the page's style and script */
};

struct source {
    const struct source_ops *ops;
    enum source_kind kind;
    bool can_send;      /* send() is there and pays for this source; may change with each call */
    bool distant;       /* it comes from a file system that may never answer */
    size_t held;        /* bytes of memory that it may come to hold, when they are worth counting */
    int awaited;        /* after IO_WANT_READ: a descriptor that epoll can watch; the source's own */
    const void *walk;   /* load() goes on with this walk of a folder, for all who share it; NULL: with none */
    uint64_t length;    /* of the whole representation, or SOURCE_LENGTH_UNKNOWN */
    uint64_t position;  /* of the next byte; the owner may set it before the first read of a known length */
    time_t modified;    /* 0 when unknown, or when it does not vouch for the bytes */
    time_t changed;     /* when `modified` is known: by this machine's clock, whatever that was set to */
    const char *type;   /* for Content-Type; static */
    const char *cache;  /* for Cache-Control; static; NULL: as for any file */
    const char *policy; /* for Content-Security-Policy, of a page that is ours; static; NULL: none */
    struct buf *head_end; /* where who answers with all of it may leave what it says of it, for who is next;
                           * empty: nobody did; NULL: there is no next one */
    const char *broken;   /* once a call has answered IO_FAIL: why, for the operator; static */
    bool for_now;         /* for want of memory or descriptors: who asks again may get it */
    char etag[104];       /* with its quotes; empty when there is none */
};

/* Whether close() may block: then call it on a worker. */
static inline bool source_close_waits(const struct source *s)
{
    return s->distant || (s->ops->close_waits && s->ops->close_waits(s));
}

static inline void source_break_for_now(struct source *s, const char *why)
{
    s->broken = why;
    s->for_now = true;
}

static inline void source_close(struct source *s)
{
    if (s)
        s->ops->close(s);
}

/* Copies `bytes`. NULL when memory ran out. */
struct source *source_open_memory(struct slice bytes, const char *type);
