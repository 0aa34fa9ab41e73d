/* A source of content: a file, a listing, bytes in memory. Connections treat them all alike. */
#pragma once

#include "base/buf.h"
#include "base/result.h"
#include "base/slice.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define SOURCE_LENGTH_UNKNOWN UINT64_MAX

struct source;

struct source_ops {
    /* Copies the next bytes. IO_OK with *ret_n > 0; IO_EOF, only if the length is unknown; IO_WANT_WORKER;
     * IO_WANT_READ: call again when the descriptor `awaited` is readable; IO_FAIL if the content cannot be
     * read or is no longer the promised version. */
    enum io (*read)(struct source *s, void *to, size_t cap, size_t *ret_n);
    /* Sends the next bytes directly to a socket, at most `max`. Results as read(), and IO_WANT_WRITE; but
     * only holds() tells whether the bytes are of the promised version. Optional. */
    enum io (*send)(struct source *s, int socket, size_t max, size_t *ret_n);
    /* Whether the bytes sent up to the moment `since` are what was promised. One look, at the moment `now`,
     * serves all answers that share the file; the moments are logical counts of the owner. Exists together
     * with send(). */
    bool (*holds)(struct source *s, uint64_t since, uint64_t now);
    /* May block, so it runs on a worker: makes the next read() or send() possible. Errors are reported by
     * that next call. Only in sources that return IO_WANT_WORKER. */
    void (*load)(struct source *s);
    /* Whether close() would free many blocks on a disk, which takes time. Optional. */
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
    bool can_send;  /* send() exists and is worth it for this source; may change with each call */
    bool is_prompt; /* what there is of it is sent before load() is called for more */
    bool distant;   /* it comes from a file system that may never answer */
    /* Memory in bytes that it may come to hold, if that is worth counting. Atomic: load() may change it on a
     * worker while the loop counts the connection's memory. */
    _Atomic size_t held;
    int awaited;          /* after IO_WANT_READ: a descriptor that epoll can watch; the source's own */
    const void *walk;     /* load() contributes to this walk of a folder, for all that share it; NULL: none */
    uint64_t length;      /* of the whole representation, or SOURCE_LENGTH_UNKNOWN */
    uint64_t position;    /* of the next byte; may be set before the first read */
    time_t modified;      /* 0 if it is unknown or does not vouch for the bytes */
    time_t changed;       /* if `modified` is known: the time of change by this machine's clock */
    const char *type;     /* for Content-Type; static */
    const char *cache;    /* for Cache-Control; static; NULL: as for any file */
    const char *policy;   /* for Content-Security-Policy of our own pages; static; NULL: none */
    struct buf *head_end; /* cached tail of the 200 head, shared by all answers of this version; empty: not
                             made yet; NULL: not cacheable */
    const char *broken;   /* the reason after IO_FAIL, for the operator; static */
    bool for_now;         /* because memory or descriptors were short: a later request may succeed */
    char etag[104];       /* with its quotes; empty if there is none */
};

/* Whether close() may block, so that it needs a worker. */
static inline bool source_close_waits(const struct source *s)
{
    return s->distant || (s->ops->close_waits && s->ops->close_waits(s));
}

/* Each representation has a tag of its own: adds `what` to a tag, if there is one. */
static inline void source_mark_tag(struct source *s, const char *what)
{
    size_t n = strlen(s->etag);
    if (n > 0)
        snprintf(s->etag + n - 1, sizeof s->etag - n + 1, "-%s\"", what);
}

/* read() of a source that makes its bytes ahead, and has those of `made` ready; `ended`: it makes no more. */
static inline enum io source_read_made(const struct source *s, struct buf *made, bool ended, void *to,
                                       size_t cap, size_t *ret_n)
{
    struct slice ready = buf_slice(made);
    if (s->broken)
        return IO_FAIL;
    if (ready.n == 0)
        return ended ? IO_EOF : IO_WANT_WORKER;
    *ret_n = ready.n < cap ? ready.n : cap;
    memcpy(to, ready.p, *ret_n);
    buf_consume(made, *ret_n);
    return IO_OK;
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

/* Copies `bytes`. NULL if memory ran out. */
struct source *source_open_memory(struct slice bytes, const char *type);
