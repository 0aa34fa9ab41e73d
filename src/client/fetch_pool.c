/* Carries out a plan on a few connections. */
#include "client/fetch_pool.h"

#include "base/cleanup.h"
#include "base/list.h"
#include "base/text.h"
#include "client/disk.h"
#include "client/no_file.h"
#include "client/tar_reader.h"
#include "client/tree_list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* More connections than a browser opens help nobody: what is small is latency, and four hide most of it. */
#define WORKERS 4
#define DRAW_MS 100
/* A batch: so many names in one request, so many bytes in its answer, and so many in its body. */
#define BATCH_NAMES 256
#define BATCH_LEAST 16
#define BATCH_BYTES ((uint64_t)16 << 20)
#define BATCH_BODY (256u << 10)
/* A small file whose bytes are wrong is fetched so often. */
#define WRONG_MOST 2

struct fetch_pool {
    const struct fetch_pool_job *job;
    int end;               /* readable: all end */
    atomic_bool ended;     /* the same, without a system call */
    pthread_mutex_t lock;  /* of the plan */
    atomic_bool alone;     /* the server answers no batches */
    uint64_t small;        /* small files that nobody has taken yet; with the lock */
    struct tree_line next; /* was read, and is taken next; with the lock */
    enum plan_step next_step;
    bool has_next;
    sem_t done; /* once for each thread that has ended */
};

struct worker {
    struct fetch_pool *pool;
    pthread_t thread;
    bool started;
    struct http *http;
    struct stop stop;
    struct progress progress;
    atomic_uint_least64_t current; /* bytes of the large file that is on its way */
    enum plan_step step;
    struct tree_line line;
    struct answer answer;
    struct tree_line *lines; /* a batch of small files, */
    enum plan_step steps[BATCH_NAMES];
    size_t n_lines;
    size_t at;             /* the file of the batch whose member is next, or has begun */
    bool got[BATCH_NAMES]; /* it is in the stage */
    struct tar_reader tar;
    struct receiver batch;
    /* The receiver of a small file: */
    struct receiver receiver;
    const struct remote *remote;
    char *bytes;
    size_t n;
    bool coded; /* it came compressed although it was not asked for */
    struct sha256_digest digest;
    bool digested;
};

static void end_all(struct fetch_pool *c)
{
    atomic_store(&c->ended, true);
    eventfd_write(c->end, 1);
}

/* A failure that all other files would meet, too. */
static bool is_fatal(enum status status, int code)
{
    return status == STATUS_LOCAL_DISK || (status == STATUS_NETWORK && code == 0);
}

static void tell(struct worker *w, enum tally_kind kind, const struct err *e, bool verified)
{
    struct tally *t = w->pool->job->tally;
    struct tally_event event = {.kind = kind,
                                .path = w->line.path,
                                .bytes = w->line.size,
                                .verified = verified,
                                .status = e ? e->status : STATUS_DONE,
                                .error = e ? e->text : NULL};
    tally_tell(t, &event);
}

static void fail(struct worker *w, const struct err *e)
{
    tell(w, TALLY_FAILED, e, false);
    if (is_fatal(e->status, w->answer.code))
        end_all(w->pool);
}

/* A staged file has its name, or not. */
static void placed(void *arg, const struct local_file *p, int why)
{
    struct fetch_pool *c = arg;
    struct err e;
    struct tally_event event = {.kind = p->replaces ? TALLY_REPLACED : TALLY_FETCHED,
                                .path = p->path,
                                .bytes = p->size,
                                .verified = p->verified};
    if (why) {
        event.kind = TALLY_FAILED;
        event.status = why == EEXIST ? STATUS_WOULD_REPLACE : STATUS_LOCAL_DISK;
        event.error = e.text;
        err_set(&e, event.status, "cannot give %s its name: %s", escape(slice_of(p->path)).text,
                strerror(why));
    }
    tally_tell(c->job->tally, &event);
    if (why == ENOSPC || why == EIO || why == EDQUOT)
        end_all(c);
}

static struct worker *worker_of(struct receiver *r)
{
    return container_of(r, struct worker, receiver);
}

static bool has_changed(struct worker *w)
{
    err_set(&w->receiver.err, STATUS_MISMATCH,
            "%s: it has changed on the server since the list was made (run the command again)",
            escape(slice_of(w->line.path)).text);
    w->receiver.outcome = OUTCOME_FAILED;
    return false;
}

static bool small_begin(struct receiver *r, const struct answer *a)
{
    struct worker *w = worker_of(r);
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
    struct worker *w = worker_of(r);
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

static bool is_wrong(struct worker *w, struct err *e)
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
static enum status stage(struct worker *w, struct err *e)
{
    struct local_tree *g = w->pool->job->local;
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
        why = local_tree_put(g, fd, name, &p, placed, w->pool);
    }
    if (why)
        return disk_error(e, g->top, w->line.path, "write", why, 0);
    local_tree_commit(g, false);
    return STATUS_DONE;
}

/* One attempt, and what its bytes are worth. */
static enum outcome try_small(struct worker *w, const struct http_request *q, unsigned *wrong, struct err *e)
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
    if (!w->digested && w->pool->job->o->verify.required) {
        err_set(e, STATUS_MISMATCH, "%s: nothing proves it: the server gives no SHA-256",
                escape(slice_of(w->line.path)).text);
        return OUTCOME_FAILED;
    }
    return OUTCOME_DONE;
}

static void count(struct worker *w)
{
    atomic_fetch_add(&w->pool->job->tally->done_files, 1);
    atomic_fetch_add(&w->pool->job->tally->done_bytes, w->line.size);
}

static void fetch_small(struct worker *w)
{
    struct remote remote;
    struct err e;
    unsigned failed = 0, wrong = 0;
    enum outcome outcome;
    w->answer.code = 0;
    if (tree_list_remote(w->pool->job->base, w->line.path, "", &remote, &e) != STATUS_DONE) {
        fail(w, &e);
        return;
    }
    w->remote = &remote;
    w->coded = false;
    do {
        struct http_request q = {.remote = &remote, .decode = w->coded, .digest = !w->line.hashed};
        outcome = try_small(w, &q, &wrong, &e);
        if (outcome == OUTCOME_AGAIN && failed == w->pool->job->o->retries)
            outcome = OUTCOME_FAILED;
        else if (outcome == OUTCOME_AGAIN && tree_list_wait(&w->stop, failed++, &w->answer))
            outcome = OUTCOME_STOPPED;
    } while (outcome == OUTCOME_AGAIN || outcome == OUTCOME_OVER);
    remote_free(&remote);
    if (outcome == OUTCOME_STOPPED)
        return;
    if (outcome != OUTCOME_DONE || stage(w, &e) != STATUS_DONE)
        fail(w, &e);
}

/* As a single file is fetched: it grows beside its place, and is gone on with after a kill. */
static void fetch_large(struct worker *w)
{
    const struct fetch_pool_job *job = w->pool->job;
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
        tell(w, o.force ? TALLY_REPLACED : TALLY_FETCHED, NULL, r.proved != PROVED_NOTHING);
        return;
    }
    err_set(&e, r.status, "%s: %s", escape(slice_of(w->line.path)).text, r.err.text);
    w->answer.code = r.code;
    fail(w, &e);
}

/* Whether the file that is here has the hash of the list. Its time becomes that of the list then. */
static bool is_right_here(struct worker *w)
{
    struct local_tree *g = w->pool->job->local;
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
    for (ssize_t n; !atomic_load(&w->pool->ended) && (n = read(fd, w->bytes, PLAN_SMALL)) != 0;
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
    if (w->step == PLAN_CHECK && !w->pool->job->tally->dry_run && w->line.timed)
        futimens(fd, times);
    return true;
}

static void check(struct worker *w)
{
    struct err e;
    bool right = is_right_here(w);
    atomic_store(&w->current, 0);
    if (right || atomic_load(&w->pool->ended))
        return;
    if (w->step == PLAN_COMPARE) {
        err_set(&e, STATUS_WOULD_REPLACE, "%s exists and has another SHA-256 (--force replaces it)",
                escape(slice_of(w->line.path)).text);
        tell(w, TALLY_REFUSED, &e, false);
        return;
    }
    w->step = PLAN_REPLACE;
}

static void work(struct worker *w)
{
    struct tally *t = w->pool->job->tally;
    if (w->step == PLAN_CHECK || w->step == PLAN_COMPARE)
        check(w);
    bool fetches = w->step == PLAN_FETCH || w->step == PLAN_REPLACE;
    if (fetches && t->dry_run)
        tell(w, w->step == PLAN_FETCH ? TALLY_FETCHED : TALLY_REPLACED, NULL, false);
    else if (fetches && w->line.size <= PLAN_SMALL)
        fetch_small(w);
    else if (fetches)
        fetch_large(w);
    count(w);
}

static struct worker *batch_worker_of(struct receiver *r)
{
    return container_of(r, struct worker, batch);
}

static bool batch_fails(struct worker *w)
{
    w->batch.outcome = OUTCOME_FAILED;
    return false;
}

static bool batch_begin(struct receiver *r, const struct answer *a)
{
    struct worker *w = batch_worker_of(r);
    tar_reader_begin(&w->tar);
    w->at = 0;
    if (a->code == 200 && slice_eq(slice_of(a->media_type), SLICE("application/x-tar")))
        return true;
    atomic_store(&w->pool->alone, true); /* it takes a QUERY for something else */
    return batch_fails(w);
}

/* Whether all of a member came, and its bytes are what the list and the member's head say. */
static bool is_right_member(struct worker *w, const struct tree_line *l)
{
    if (w->tar.marked || w->tar.size != l->size)
        return false;
    struct sha256_digest is = sha256_of((struct slice){w->bytes, w->n});
    w->digested = l->hashed || w->tar.hashed;
    return (!l->hashed || sha256_eq(&is, &l->digest)) && (!w->tar.hashed || sha256_eq(&is, &w->tar.digest)) &&
           (w->digested || !w->pool->job->o->verify.required);
}

static bool end_member(struct worker *w)
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
    struct worker *w = batch_worker_of(r);
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

static void ask_for_batch(struct worker *w)
{
    struct remote remote;
    struct err e;
    struct buf names = buf_new(BATCH_BODY + PATH_MAX);
    for (size_t i = 0; i < w->n_lines; i++)
        buf_add(&names, (struct slice){w->lines[i].path, w->lines[i].path_len + 1});
    if (!names.failed && tree_list_remote(w->pool->job->base, "", "", &remote, &e) == STATUS_DONE) {
        struct http_request q = {.remote = &remote, .names = buf_slice(&names), .stays = true};
        http_attempt(w->http, &q, &w->batch, &w->answer, &e);
        int code = w->answer.code;
        if (code == 404 || code == 405 || code == 415 || code == 501)
            atomic_store(&w->pool->alone, true);
        remote_free(&remote);
    }
    buf_free(&names);
}

/* One request for all of them. What does not come, or is not right, is asked for alone, with all the retries
 * of a file. */
static void fetch_batch(struct worker *w)
{
    memset(w->got, 0, sizeof w->got);
    /* A member always has its hash, and a file that is asked for alone perhaps not. */
    if ((w->n_lines > 1 || !w->lines[0].hashed) && !atomic_load(&w->pool->alone))
        ask_for_batch(w);
    for (size_t i = 0; i < w->n_lines && !atomic_load(&w->pool->ended); i++) {
        if (w->got[i])
            continue;
        w->line = w->lines[i];
        w->step = w->steps[i];
        fetch_small(w);
        count(w);
    }
    w->n_lines = 0;
}

static bool is_small_fetch(const struct worker *w)
{
    return (w->step == PLAN_FETCH || w->step == PLAN_REPLACE) && w->line.size <= PLAN_SMALL &&
           !w->pool->job->tally->dry_run;
}

/* The next file; folders that come before it are made. */
static bool take_one(struct worker *w)
{
    const struct fetch_pool_job *job = w->pool->job;
    bool more;
    while ((more = plan_next(job->plan, &w->step, &w->line)) && w->step == PLAN_FOLDER) {
        struct err e;
        int why = job->tally->dry_run
                      ? 0
                      : local_tree_make_folder(
                            job->local, w->line.path,
                            local_tree_mode(job->local, w->line.moded ? w->line.mode : 0777, true));
        if (why == 0)
            continue;
        err_set(&e, STATUS_LOCAL_DISK, "cannot make the folder %s: %s", escape(slice_of(w->line.path)).text,
                strerror(-why));
        tell(w, TALLY_FAILED, &e, false);
    }
    return more;
}

static bool read_next(struct worker *w)
{
    struct fetch_pool *c = w->pool;
    if (!c->has_next)
        return take_one(w);
    w->line = c->next;
    w->step = c->next_step;
    c->has_next = false;
    return true;
}

/* The next batch of small files, or one other file. A batch is a fair share of what is left. */
static bool take(struct worker *w)
{
    struct fetch_pool *c = w->pool;
    uint64_t bytes = 0;
    size_t body = 0;
    bool other = false;
    pthread_mutex_lock(&c->lock);
    uint64_t most = c->small / WORKERS;
    most = most < BATCH_LEAST ? BATCH_LEAST : most < BATCH_NAMES ? most : BATCH_NAMES;
    while (w->n_lines < most && bytes < BATCH_BYTES && body < BATCH_BODY && read_next(w)) {
        other = !is_small_fetch(w);
        if (other)
            break;
        c->small -= c->small > 0;
        bytes += w->line.size;
        body += w->line.path_len + 1;
        w->steps[w->n_lines] = w->step;
        w->lines[w->n_lines++] = w->line;
    }
    if (other && w->n_lines > 0) {
        c->next = w->line;
        c->next_step = w->step;
        c->has_next = true;
    }
    pthread_mutex_unlock(&c->lock);
    return w->n_lines > 0 || other;
}

static void *run(void *arg)
{
    struct worker *w = arg;
    while (!atomic_load(&w->pool->ended) && take(w)) {
        if (w->n_lines > 0)
            fetch_batch(w);
        else
            work(w);
    }
    sem_post(&w->pool->done);
    return NULL;
}

static bool begin(struct worker *w, struct fetch_pool *c, struct err *e)
{
    *w = (struct worker){.pool = c, .stop.fd = c->end};
    w->progress = (struct progress){.fd = -1, .quiet = true, .watch = &w->current};
    w->receiver = (struct receiver){.begin = small_begin, .take = small_take, .idle = small_idle};
    w->batch = (struct receiver){.begin = batch_begin, .take = batch_take, .idle = small_idle};
    w->bytes = malloc(PLAN_SMALL);
    w->lines = malloc(BATCH_NAMES * sizeof *w->lines);
    w->http = http_new(&c->job->o->net, &w->stop, e);
    if (!w->bytes || !w->lines)
        err_set(e, STATUS_FAILED, "out of memory");
    w->started = w->bytes && w->lines && w->http && pthread_create(&w->thread, NULL, run, w) == 0;
    return w->started;
}

static void draw(const struct fetch_pool_job *job, struct worker *workers, unsigned n)
{
    struct tally *t = job->tally;
    char name[512];
    uint64_t bytes = atomic_load(&t->done_bytes);
    for (unsigned i = 0; i < n; i++)
        bytes += atomic_load(&workers[i].current);
    snprintf(name, sizeof name, "%.400s: %s of %s files", job->name,
             count_text(atomic_load(&t->done_files)).text, count_text(t->due_files).text);
    pthread_mutex_lock(&t->lock);
    progress_rename(t->progress, name);
    progress_update(t->progress, bytes < t->due_bytes ? bytes : t->due_bytes);
    pthread_mutex_unlock(&t->lock);
}

/* True if it was stopped by a signal. */
static bool wait_for_all(struct fetch_pool *c, struct worker *workers, unsigned n)
{
    bool stopped = false;
    for (unsigned left = n; left > 0;) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += DRAW_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (sem_clockwait(&c->done, CLOCK_MONOTONIC, &until) == 0)
            left--;
        if (!stopped && stop_asked(c->job->stop)) {
            stopped = true;
            end_all(c);
        }
        draw(c->job, workers, n);
    }
    return stopped;
}

enum status fetch_pool_run(const struct fetch_pool_job *job, bool *ret_stopped, struct err *e)
{
    struct fetch_pool c = {.job = job, .small = job->plan->small, .end = eventfd(0, EFD_CLOEXEC)};
    struct worker *workers = calloc(WORKERS, sizeof *workers);
    unsigned n = 0, wanted = job->plan->files < WORKERS ? (unsigned)job->plan->files : WORKERS;
    wanted = wanted == 0 ? 1 : wanted; /* folders */
    *ret_stopped = false;
    if (c.end < 0 || !workers) {
        free(workers);
        return err_set(e, STATUS_FAILED, "cannot start: no memory or no file descriptor is left");
    }
    pthread_mutex_init(&c.lock, NULL);
    sem_init(&c.done, 0, 0);
    progress_begin(job->tally->progress, job->name);
    progress_set(job->tally->progress, 0, job->tally->due_bytes, true);
    while (n < wanted && begin(&workers[n], &c, e))
        n++;
    if (n > 0)
        *ret_stopped = wait_for_all(&c, workers, n);
    for (unsigned i = 0; i < WORKERS; i++) {
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
        http_free(workers[i].http);
        free(workers[i].bytes);
        free(workers[i].lines);
    }
    if (!job->tally->dry_run)
        local_tree_commit(job->local, true);
    progress_clear(job->tally->progress);
    free(workers);
    sem_destroy(&c.done);
    pthread_mutex_destroy(&c.lock);
    close(c.end);
    return n > 0 ? STATUS_DONE : e->status;
}
