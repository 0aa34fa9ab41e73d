/* How a thread of the pool gets a file, or a batch of small ones. */
#include "client/fetch_worker.h"

#include "base/cleanup.h"
#include "base/list.h"
#include "base/text.h"
#include "client/disk.h"
#include "client/no_file.h"
#include "client/tree_list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A small file whose bytes are wrong is fetched so often. */
#define WRONG_MOST 2

void fetch_end(struct fetch_shared *s)
{
    atomic_store(&s->ended, true);
    eventfd_write(s->end, 1);
}

/* A failure that all other files would meet, too. */
static bool is_fatal(enum status status, int code)
{
    return status == STATUS_LOCAL_DISK || (status == STATUS_NETWORK && code == 0);
}

void fetch_worker_tell(struct fetch_worker *w, enum tally_kind kind, const struct err *e, bool verified)
{
    struct tally *t = w->shared->job->tally;
    struct tally_event event = {.kind = kind,
                                .path = w->line.path,
                                .bytes = w->line.size,
                                .verified = verified,
                                .status = e ? e->status : STATUS_DONE,
                                .error = e ? e->text : NULL};
    tally_tell(t, &event);
}

static void fail(struct fetch_worker *w, const struct err *e)
{
    fetch_worker_tell(w, TALLY_FAILED, e, false);
    if (is_fatal(e->status, w->answer.code))
        fetch_end(w->shared);
}

/* A staged file has its name, or not. */
static void placed(void *arg, const struct local_file *f, int why)
{
    struct fetch_shared *s = arg;
    struct err e;
    struct tally_event event = {.kind = f->replaces ? TALLY_REPLACED : TALLY_FETCHED,
                                .path = f->path,
                                .bytes = f->size,
                                .verified = f->verified};
    if (why) {
        event.kind = TALLY_FAILED;
        event.status = why == EEXIST ? STATUS_WOULD_REPLACE : STATUS_LOCAL_DISK;
        event.error = e.text;
        err_set(&e, event.status, "cannot give %s its name: %s", escape(slice_of(f->path)).text,
                strerror(why));
    }
    tally_tell(s->job->tally, &event);
    if (why == ENOSPC || why == EIO || why == EDQUOT)
        fetch_end(s);
}

static struct fetch_worker *worker_of(struct receiver *r)
{
    return container_of(r, struct fetch_worker, receiver);
}

static bool has_changed(struct fetch_worker *w)
{
    err_set(&w->receiver.err, STATUS_MISMATCH,
            "%s: it has changed on the server since the list was made (run the command again)",
            escape(slice_of(w->line.path)).text);
    w->receiver.outcome = OUTCOME_FAILED;
    return false;
}

static bool small_begin(struct receiver *r, const struct answer *a)
{
    struct fetch_worker *w = worker_of(r);
    uint64_t total;
    w->n = 0;
    if (!w->coded && answer_is_coded(a, slice_of(w->remote->last))) {
        w->coded = true;
        r->outcome = OUTCOME_OVER;
        return false;
    }
    if ((a->code != 200 && a->code != 203) || no_file_listing(w->remote, a, &r->err) ||
        (answer_total(a, &total) && total != w->line.size))
        return has_changed(w);
    /* The hash of the list decides, if there is one. */
    if (!w->line.hashed && a->modified != 0 && a->modified != w->line.modified.tv_sec &&
        w->line.modified.tv_sec <= time(NULL))
        return has_changed(w);
    w->digested = w->line.hashed || (a->digested && !a->decoded);
    w->digest = w->line.hashed ? w->line.digest : a->digest;
    return true;
}

static bool small_take(struct receiver *r, struct slice piece)
{
    struct fetch_worker *w = worker_of(r);
    if (piece.n > w->line.size - w->n)
        return has_changed(w);
    memcpy(w->bytes + w->n, piece.p, piece.n);
    w->n += piece.n;
    return true;
}

static bool small_idle(struct receiver *r)
{
    (void)r;
    return true;
}

static bool is_wrong(struct fetch_worker *w, struct err *e)
{
    char is[SHA256_HEX_BYTES + 1], told[SHA256_HEX_BYTES + 1];
    struct sha256_digest found = sha256_of((struct slice){w->bytes, w->n});
    if (sha256_eq(&found, &w->digest))
        return false;
    sha256_to_hex(&found, is);
    sha256_to_hex(&w->digest, told);
    err_set(e, STATUS_MISMATCH, "%s: its SHA-256 is %s, not %s, as the server says",
            escape(slice_of(w->line.path)).text, is, told);
    return true;
}

/* The bytes of a small file are right: they go into the stage. */
static enum status stage(struct fetch_worker *w, struct err *e)
{
    struct local_tree *g = w->shared->job->local;
    char name[16];
    struct local_file p = {.path = w->line.path,
                           .size = w->n,
                           .timed = w->line.timed,
                           .modified = w->line.modified,
                           .mode = local_tree_mode(g, w->line.moded ? w->line.mode : 0666, false),
                           .replaces = w->step != PLAN_FETCH,
                           .verified = w->digested};
    int fd = local_tree_new_file(g, name);
    if (fd < 0)
        return disk_error(e, g->top, w->line.path, "write", -fd, 0);
    int why = disk_write(fd, (struct slice){w->bytes, w->n});
    if (why) {
        close(fd);
        unlinkat(g->stage, name, 0);
    } else {
        why = local_tree_put(g, fd, name, &p, placed, w->shared);
    }
    if (why)
        return disk_error(e, g->top, w->line.path, "write", why, 0);
    local_tree_commit(g, false);
    return STATUS_DONE;
}

/* One attempt, and what its bytes are worth. */
static enum outcome try_small(struct fetch_worker *w, const struct http_request *q, unsigned *wrong,
                              struct err *e)
{
    enum outcome outcome = http_attempt(w->http, q, &w->receiver, &w->answer, e);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (w->n != w->line.size) {
        has_changed(w);
        *e = w->receiver.err;
        return OUTCOME_FAILED;
    }
    if (w->digested && is_wrong(w, e))
        return ++*wrong < WRONG_MOST ? OUTCOME_OVER : OUTCOME_FAILED;
    if (!w->digested && w->shared->job->o->verify.required) {
        err_set(e, STATUS_MISMATCH, "%s: nothing proves it: the server gives no SHA-256",
                escape(slice_of(w->line.path)).text);
        return OUTCOME_FAILED;
    }
    return OUTCOME_DONE;
}

static void count(struct fetch_worker *w)
{
    atomic_fetch_add(&w->shared->job->tally->done_files, 1);
    atomic_fetch_add(&w->shared->job->tally->done_bytes, w->line.size);
}

static void fetch_small(struct fetch_worker *w)
{
    struct remote remote;
    struct err e;
    unsigned failed = 0, wrong = 0;
    enum outcome outcome;
    w->answer.code = 0;
    if (tree_list_remote(w->shared->job->base, w->line.path, "", &remote, &e) != STATUS_DONE) {
        fail(w, &e);
        return;
    }
    w->remote = &remote;
    w->coded = false;
    do {
        struct http_request q = {.remote = &remote, .decode = w->coded, .digest = !w->line.hashed};
        outcome = try_small(w, &q, &wrong, &e);
        if (outcome == OUTCOME_AGAIN && failed == w->shared->job->o->retries)
            outcome = OUTCOME_FAILED;
        else if (outcome == OUTCOME_AGAIN &&
                 stop_wait(&w->stop, answer_wait_seconds(&w->answer, failed++) * 1000))
            outcome = OUTCOME_STOPPED;
    } while (outcome == OUTCOME_AGAIN || outcome == OUTCOME_OVER);
    remote_free(&remote);
    if (outcome == OUTCOME_STOPPED)
        return;
    if (outcome != OUTCOME_DONE || stage(w, &e) != STATUS_DONE)
        fail(w, &e);
}

/* As a single file is fetched: it grows beside its place, and is gone on with after a kill. */
static void fetch_large(struct fetch_worker *w)
{
    const struct fetch_job *job = w->shared->job;
    struct transfer_options o = *job->o;
    struct taken taken = {.tree = NULL};
    struct transfer_result r;
    struct remote remote;
    struct err e;
    char dir[64], out[NAME_SIZE + 2];
    struct part_marks marks = {w->line.timed, true, w->line.modified,
                               local_tree_mode(job->local, w->line.moded ? w->line.mode : 0666, false)};
    w->answer.code = 0;
    AUTO_CLOSE int parent = local_tree_parent(job->local, w->line.path, true);
    if (parent < 0) {
        disk_error(&e, job->local->top, w->line.path, "write", -parent, 0);
        fail(w, &e);
        return;
    }
    if (tree_list_remote(job->base, w->line.path, "", &remote, &e) != STATUS_DONE) {
        fail(w, &e);
        return;
    }
    snprintf(dir, sizeof dir, "/proc/self/fd/%d", parent);
    snprintf(out, sizeof out, "./%s", local_tree_last(w->line.path));
    o.dir = dir;
    o.out = out;
    o.force = w->step != PLAN_FETCH;
    o.quiet = true;
    o.taken = &taken;
    o.marks = &marks;
    o.size = &w->line.size;
    o.verify.given = w->line.hashed;
    o.verify.sha256 = w->line.digest;
    o.verify.by = "the folder's list has it";
    transfer_run(&remote, &o, w->http, &w->stop, &w->progress, &r);
    taken_free(&taken);
    remote_free(&remote);
    atomic_store(&w->current, 0);
    if (r.stopped)
        return;
    if (r.status == STATUS_DONE) {
        fetch_worker_tell(w, o.force ? TALLY_REPLACED : TALLY_FETCHED, NULL, r.proved != PROVED_NOTHING);
        return;
    }
    err_set(&e, r.status, "%s: %s", escape(slice_of(w->line.path)).text, r.err.text);
    w->answer.code = r.code;
    fail(w, &e);
}

/* Whether the file that is here has the hash of the list. Its time becomes that of the list then. */
static bool is_right_here(struct fetch_worker *w)
{
    struct local_tree *g = w->shared->job->local;
    struct sha256 hash;
    struct stat st;
    uint64_t size = 0;
    AUTO_CLOSE int parent = local_tree_parent(g, w->line.path, false);
    AUTO_CLOSE int fd = parent < 0 ? -1
                                   : openat(parent, local_tree_last(w->line.path),
                                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    sha256_begin(&hash);
    for (ssize_t n; !atomic_load(&w->shared->ended) && (n = read(fd, w->bytes, PLAN_SMALL)) != 0;
         size += (uint64_t)n) {
        if (n < 0)
            return false;
        sha256_add(&hash, (struct slice){w->bytes, (size_t)n});
        atomic_store(&w->current, size + (uint64_t)n);
    }
    struct sha256_digest is = sha256_end(&hash);
    if (size != w->line.size || !sha256_eq(&is, &w->line.digest))
        return false;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, w->line.modified};
    if (w->step == PLAN_CHECK && !w->shared->job->tally->dry_run && w->line.timed)
        futimens(fd, times);
    return true;
}

static void check(struct fetch_worker *w)
{
    struct err e;
    bool right = is_right_here(w);
    atomic_store(&w->current, 0);
    if (right || atomic_load(&w->shared->ended))
        return;
    if (w->step == PLAN_COMPARE) {
        err_set(&e, STATUS_WOULD_REPLACE, "%s exists and has another SHA-256 (--force replaces it)",
                escape(slice_of(w->line.path)).text);
        fetch_worker_tell(w, TALLY_REFUSED, &e, false);
        return;
    }
    w->step = PLAN_REPLACE;
}

void fetch_worker_one(struct fetch_worker *w)
{
    struct tally *t = w->shared->job->tally;
    if (w->step == PLAN_CHECK || w->step == PLAN_COMPARE)
        check(w);
    bool fetches = w->step == PLAN_FETCH || w->step == PLAN_REPLACE;
    if (fetches && t->dry_run)
        fetch_worker_tell(w, w->step == PLAN_FETCH ? TALLY_FETCHED : TALLY_REPLACED, NULL, false);
    else if (fetches && w->line.size <= PLAN_SMALL)
        fetch_small(w);
    else if (fetches)
        fetch_large(w);
    count(w);
}

static struct fetch_worker *batch_worker_of(struct receiver *r)
{
    return container_of(r, struct fetch_worker, batch);
}

static bool batch_fails(struct fetch_worker *w)
{
    w->batch.outcome = OUTCOME_FAILED;
    return false;
}

static bool batch_begin(struct receiver *r, const struct answer *a)
{
    struct fetch_worker *w = batch_worker_of(r);
    tar_reader_begin(&w->tar);
    w->at = 0;
    if (a->code == 200 && slice_eq(slice_of(a->media_type), SLICE("application/x-tar")))
        return true;
    atomic_store(&w->shared->alone, true); /* it takes a QUERY for something else */
    return batch_fails(w);
}

/* Whether all of a member came, and its bytes are what the list and the member's head say. */
static bool is_right_member(struct fetch_worker *w, const struct tree_line *l)
{
    if (w->tar.marked || w->tar.size != l->size)
        return false;
    struct sha256_digest is = sha256_of((struct slice){w->bytes, w->n});
    w->digested = l->hashed || w->tar.hashed;
    return (!l->hashed || sha256_eq(&is, &l->digest)) && (!w->tar.hashed || sha256_eq(&is, &w->tar.digest)) &&
           (w->digested || !w->shared->job->o->verify.required);
}

static bool end_member(struct fetch_worker *w)
{
    size_t i = w->at++;
    struct err e;
    if (!is_right_member(w, &w->lines[i]))
        return true; /* it is asked for alone then */
    w->line = w->lines[i];
    w->step = w->steps[i];
    w->got[i] = true;
    if (stage(w, &e) == STATUS_DONE) {
        count(w);
        return true;
    }
    fail(w, &e);
    return batch_fails(w);
}

static bool batch_take(struct receiver *r, struct slice piece)
{
    struct fetch_worker *w = batch_worker_of(r);
    for (;;) {
        switch (tar_reader_next(&w->tar, &piece)) {
        case TAR_MORE:
            return true;
        case TAR_MEMBER:
            if (w->at == w->n_lines || strcmp(w->tar.path, w->lines[w->at].path) != 0)
                return batch_fails(w);
            w->n = 0;
            break;
        case TAR_BYTES:
            if (w->tar.size > PLAN_SMALL) /* it has grown, and is of no use */
                break;
            memcpy(w->bytes + w->n, w->tar.bytes.p, w->tar.bytes.n);
            w->n += w->tar.bytes.n;
            break;
        case TAR_MEMBER_END:
            if (!end_member(w))
                return false;
            break;
        case TAR_ENDED:
            break;
        case TAR_BAD:
            return batch_fails(w);
        }
    }
}

static void ask_for_batch(struct fetch_worker *w)
{
    struct remote remote;
    struct err e;
    struct buf names = buf_new(BATCH_BODY + PATH_MAX);
    for (size_t i = 0; i < w->n_lines; i++)
        buf_add(&names, (struct slice){w->lines[i].path, w->lines[i].path_len + 1});
    if (!names.failed && tree_list_remote(w->shared->job->base, "", "", &remote, &e) == STATUS_DONE) {
        struct http_request q = {.remote = &remote, .names = buf_slice(&names), .stays = true};
        http_attempt(w->http, &q, &w->batch, &w->answer, &e);
        int code = w->answer.code;
        if (code == 404 || code == 405 || code == 415 || code == 501)
            atomic_store(&w->shared->alone, true);
        remote_free(&remote);
    }
    buf_free(&names);
}

void fetch_worker_batch(struct fetch_worker *w)
{
    memset(w->got, 0, sizeof w->got);
    /* A member always has its hash, and a file that is asked for alone perhaps not. */
    if ((w->n_lines > 1 || !w->lines[0].hashed) && !atomic_load(&w->shared->alone))
        ask_for_batch(w);
    for (size_t i = 0; i < w->n_lines && !atomic_load(&w->shared->ended); i++) {
        if (w->got[i])
            continue;
        w->line = w->lines[i];
        w->step = w->steps[i];
        fetch_small(w);
        count(w);
    }
    w->n_lines = 0;
}

bool fetch_worker_begin(struct fetch_worker *w, struct fetch_shared *s, struct err *e)
{
    *w = (struct fetch_worker){.shared = s, .stop.fd = s->end};
    w->progress = (struct progress){.fd = -1, .quiet = true, .watch = &w->current};
    w->receiver = (struct receiver){.begin = small_begin, .take = small_take, .idle = small_idle};
    w->batch = (struct receiver){.begin = batch_begin, .take = batch_take, .idle = small_idle};
    w->bytes = malloc(PLAN_SMALL);
    w->lines = malloc(BATCH_NAMES * sizeof *w->lines);
    w->http = http_new(&s->job->o->net, &w->stop, e);
    if (!w->bytes || !w->lines)
        err_set(e, STATUS_FAILED, "out of memory");
    return w->bytes && w->lines && w->http;
}

void fetch_worker_free(struct fetch_worker *w)
{
    http_free(w->http);
    free(w->bytes);
    free(w->lines);
}
