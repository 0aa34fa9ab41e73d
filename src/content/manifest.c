/* Compares a walk of a folder with the walk that the archive's tag and length were made from.
 *
 * Reads a run of members into memory, and passes them on after the run's digest was equal to the stored
 * one. So everything that is sent belongs to the announced archive. */
#include "content/manifest.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct manifest {
    struct stock *stock;
    struct walk *walk; /* NULL until it is needed; HEAD never needs it */
    struct chain chain;
    unsigned runs_read;
    struct buf run; /* records of the run that were not returned yet */
    bool walked;
    struct stock_record record; /* of the member returned last */
    int fd;
    const char *broken;
    bool for_now;
    char path[TAR_PATH_MAX + 1]; /* its path in the archive */
};

static bool fail(struct manifest *m, const char *why)
{
    m->broken = why;
    return false;
}

static const char changed[] = "the folder changed while its archive was being sent";

/* A look-up in the folder failed. */
static bool fail_by(struct manifest *m, int error, const char *why)
{
    return fail(m, walk_reason(error, why, &m->for_now));
}

static void close_file(struct manifest *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
}

struct manifest *manifest_new(struct stock *stock)
{
    struct manifest *m = calloc(1, sizeof *m);
    if (!m) {
        stock_unref(stock);
        return NULL;
    }
    m->stock = stock;
    m->fd = -1;
    m->run = buf_new(STOCK_RUN_BYTES);
    manifest_rewind(m);
    return m;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    close_file(m);
    buf_free(&m->run);
    walk_free(m->walk);
    stock_unref(m->stock);
    free(m);
}

const struct stock *manifest_stock(const struct manifest *m)
{
    return m->stock;
}

void manifest_break(const struct manifest *m, struct source *s)
{
    s->broken = m->broken;
    s->for_now = m->for_now;
}

/* Reads and checks the next run. */
static bool read_run(struct manifest *m)
{
    const struct stock *s = m->stock;
    struct walk_entry e;
    buf_free(&m->run); /* The next run may be far smaller. */
    if (!m->walk && !(m->walk = walk_new(s->root, (struct slice){s->name, s->name_len})))
        return fail_by(m, -ENOMEM, NULL);
    for (uint64_t i = 0; i < s->run_members && !m->walked; i++) {
        size_t before = buf_len(&m->run);
        switch (walk_next(m->walk, &e)) {
        case WALK_ENTRY:
            /* The run did fit the first time, so the folder has changed. */
            if (buf_space(&m->run) < sizeof m->record + e.path.n)
                return fail(m, changed);
            if (!stock_add_record(&m->run, &e))
                return fail_by(m, -ENOMEM, NULL);
            chain_add(&m->chain, slice_from(buf_slice(&m->run), before));
            break;
        case WALK_END:
            m->walked = true;
            break;
        case WALK_FAIL:
            return fail_by(m, walk_error(m->walk), "the folder could not be read to its end");
        }
    }
    bool right = m->walked ? m->runs_read == s->run_count && memcmp(&m->chain, &s->last, CHAIN_BYTES) == 0
                           : m->runs_read < s->run_count &&
                                 memcmp(&m->chain, s->runs[m->runs_read].digest, STOCK_KEPT_BYTES) == 0;
    m->runs_read++;
    return right || fail(m, changed);
}

enum manifest_result manifest_next(struct manifest *m, struct tar_member *ret)
{
    close_file(m);
    if (m->broken)
        return MANIFEST_FAIL;
    if (buf_len(&m->run) == 0 && !m->walked && !read_run(m))
        return MANIFEST_FAIL;
    if (buf_len(&m->run) == 0)
        return MANIFEST_END;
    memcpy(&m->record, m->run.base + m->run.start, sizeof m->record);
    buf_consume(&m->run, sizeof m->record);
    struct slice path = {buf_slice(&m->run).p, m->record.path_len};
    *ret = (struct tar_member){
        .path = {m->path, stock_member_path(m->stock, path, m->path)},
        .folder = m->record.folder != 0,
        .size = m->record.size,
        .modified = m->record.modified,
    };
    buf_consume(&m->run, path.n);
    return MANIFEST_MEMBER;
}

void manifest_rewind(struct manifest *m)
{
    close_file(m);
    buf_free(&m->run);
    walk_free(m->walk);
    m->walk = NULL;
    m->chain = m->stock->first;
    m->runs_read = 0;
    m->walked = false;
}

static bool same_version(const struct manifest *m, const struct stat *st)
{
    struct stock_record now = stock_record_of(st, m->record.path_len);
    return memcmp(&now, &m->record, sizeof now) == 0;
}

static bool open_file(struct manifest *m)
{
    struct stat st;
    enum fs_kind kind;
    const char *below = m->path + m->stock->top_len + 1; /* the path after the top folder's slash */
    m->fd = stock_open(m->stock, (struct slice){below, m->record.path_len}, &st, &kind);
    if (m->fd < 0)
        return fail_by(m, m->fd, "a file in it could no longer be opened");
    return same_version(m, &st) || fail(m, changed);
}

bool manifest_read(struct manifest *m, uint64_t offset, void *to, size_t n)
{
    struct stat st;
    if (m->broken || (m->fd < 0 && !open_file(m)))
        return false;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(m->fd, (char *)to + done, n - done, (off_t)(offset + done));
        if (got < 0)
            return fail(m, "a file in it could not be read");
        if (got == 0)
            return fail(m, changed);
        done += (size_t)got;
    }
    /* Check after the copy, so that no byte written in the meantime can be among those that are sent. */
    return (fstat(m->fd, &st) == 0 && same_version(m, &st)) || fail(m, changed);
}
