/* The result of one walk of a folder. */
#include "content/stock.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "content/settled.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(sizeof(struct stock_record) == 6 * 8 + 2 * 4, "without padding");

struct stock_record stock_record_of(const struct stat *st, size_t path_len)
{
    bool folder = S_ISDIR(st->st_mode);
    return (struct stock_record){
        .size = folder ? 0 : (uint64_t)st->st_size, /* a folder's own size says nothing about its content */
        .inode = st->st_ino,
        .modified = st->st_mtim.tv_sec,
        .modified_ns = st->st_mtim.tv_nsec,
        .changed = st->st_ctim.tv_sec,
        .changed_ns = st->st_ctim.tv_nsec,
        .folder = folder,
        .path_len = (uint32_t)path_len,
    };
}

bool stock_add_record(struct buf *out, const struct walk_entry *e)
{
    struct stock_record r = stock_record_of(&e->stat, e->path.n);
    buf_add(out, (struct slice){(const char *)&r, sizeof r});
    buf_add(out, e->path);
    return !out->failed;
}

size_t stock_member_path(const struct stock *s, struct slice path, char to[static TAR_PATH_MAX + 1])
{
    size_t n = s->top_len;
    memcpy(to, s->top, n);
    if (path.n > 0) {
        to[n++] = '/';
        memcpy(to + n, path.p, path.n);
        n += path.n;
    }
    return n;
}

int stock_open(const struct stock *s, struct slice path, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    return root_open_below(s->root, (struct slice){s->name, s->name_len}, path, ret_stat, ret_kind);
}

/* For a file that changed lately, the kernel is asked whether it is open for writing. */
static bool is_settled(const struct stock *s, const struct walk_entry *e)
{
    struct stat st;
    enum fs_kind kind;
    if (e->folder || settled_long_ago(e->stat.st_ctim))
        return true;
    AUTO_CLOSE int fd = stock_open(s, e->path, &st, &kind);
    return fd >= 0 && settled(fd, kind, e->stat.st_ctim);
}

static bool merge_runs(struct stock *s)
{
    for (unsigned i = 0; i < STOCK_RUNS_MAX / 2; i++) {
        uint32_t bytes = s->runs[2 * i].bytes + s->runs[2 * i + 1].bytes;
        if (bytes > STOCK_RUN_BYTES)
            return false;
        s->runs[i] = s->runs[2 * i + 1];
        s->runs[i].bytes = bytes;
    }
    s->run_count = STOCK_RUNS_MAX / 2;
    s->run_members *= 2;
    return true;
}

/* A length that no client's file could have (off_t has 63 bits) is too much for an archive. */
static bool add_length(struct stock *s, uint64_t n)
{
    return !__builtin_add_overflow(s->tar_length, n, &s->tar_length) && s->tar_length <= INT64_MAX;
}

static int count_member(struct stock *s, const struct walk_entry *e, struct buf *scratch)
{
    char head[TAR_HEAD_MAX], path[TAR_PATH_MAX + 1];
    struct stock_record r = stock_record_of(&e->stat, e->path.n);
    struct tar_member member = {
        .path = {path, stock_member_path(s, e->path, path)},
        .folder = r.folder != 0,
        .size = r.size,
        .modified = r.modified,
    };
    buf_clear(scratch);
    if (!stock_add_record(scratch, e))
        return -ENOMEM;
    chain_add(&s->last, buf_slice(scratch));
    s->settled = s->settled && is_settled(s, e);
    s->members++;
    s->path_bytes += member.path.n;
    return add_length(s, tar_head(&member, head)) && add_length(s, r.size) &&
                   add_length(s, tar_padding(r.size))
               ? 0
               : -E2BIG;
}

static int walk_all(struct stock *s, struct walk *walk, struct buf *scratch)
{
    uint64_t members = 0, bytes = 0; /* of the run that is being filled */
    struct walk_entry e;
    enum walk_result result;
    while ((result = walk_next(walk, &e)) == WALK_ENTRY) {
        int error = count_member(s, &e, scratch);
        if (error < 0)
            return error;
        bytes += buf_len(scratch);
        members++;
        if (bytes > STOCK_RUN_BYTES)
            return -E2BIG;
        if (members < s->run_members)
            continue;
        if (s->run_count == STOCK_RUNS_MAX) {
            if (!merge_runs(s))
                return -E2BIG;
            continue; /* the current run is full by the old length, and half full by the new one */
        }
        struct stock_run *run = &s->runs[s->run_count++];
        memcpy(run->digest, s->last.last, STOCK_KEPT_BYTES);
        run->bytes = (uint32_t)bytes;
        members = bytes = 0;
    }
    if (result == WALK_FAIL)
        return walk_error(walk);
    return add_length(s, TAR_END) ? 0 : -E2BIG;
}

static int take(struct stock *s)
{
    /* Change this text together with what tar_head() writes: the tag also stands for the archive's bytes. */
    static const char version[] = "ferry archive 1";
    struct walk *walk = walk_new(s->root, (struct slice){s->name, s->name_len});
    struct buf scratch = buf_new(sizeof(struct stock_record) + PATH_MAX);
    chain_add(&s->first, (struct slice){version, sizeof version});
    chain_add(&s->first, (struct slice){s->top, s->top_len});
    s->last = s->first;
    int error = walk ? walk_all(s, walk, &scratch) : -ENOMEM;
    buf_free(&scratch);
    walk_free(walk);
    for (size_t i = 0; i < STOCK_KEPT_BYTES; i++)
        snprintf(s->digest + 2 * i, 3, "%02x", s->last.last[i]);
    return error;
}

int stock_take(const struct root *root, struct slice name, struct slice top, struct stock **ret)
{
    if (top.n > NAME_MAX || name.n >= PATH_MAX)
        return -ENAMETOOLONG;
    struct stock *s = calloc(1, sizeof *s + name.n + 1);
    if (!s)
        return -ENOMEM;
    s->refs = 1;
    s->root = root;
    s->settled = true;
    s->run_members = 1;
    s->top_len = top.n;
    memcpy(s->top, top.p, top.n);
    s->name_len = name.n;
    if (name.n > 0)
        memcpy(s->name, name.p, name.n);
    int error = take(s);
    if (error < 0)
        stock_unref(s);
    else
        *ret = s;
    return error;
}

struct stock *stock_ref(struct stock *s)
{
    __atomic_fetch_add(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

void stock_unref(struct stock *s)
{
    if (s && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(s);
}
