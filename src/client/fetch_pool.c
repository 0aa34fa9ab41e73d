/* Carries out a plan on a few connections. */
#include "client/fetch_pool.h"

#include "base/list.h"
#include "base/text.h"
#include "client/fetch_worker.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* More connections than a browser opens help nobody: what is small is latency, and four hide most of it. */
#define WORKERS 4
#define DRAW_MS 100
/* The least names of a batch, and the bytes of its files. */
#define BATCH_LEAST 16
#define BATCH_BYTES ((uint64_t)16 << 20)

struct fetch_pool {
    struct fetch_shared shared;
    pthread_mutex_t lock;  /* of the plan, and of the next four */
    uint64_t small;        /* small files that nobody has taken yet */
    struct tree_line next; /* was read, and is taken next */
    enum plan_step next_step;
    bool has_next;
    sem_t done; /* once for each thread that has ended */
};

static struct fetch_pool *pool_of(const struct fetch_worker *w)
{
    return container_of(w->shared, struct fetch_pool, shared);
}

static bool is_small_fetch(const struct fetch_worker *w)
{
    return (w->step == PLAN_FETCH || w->step == PLAN_REPLACE) && w->line.size <= PLAN_SMALL &&
           !w->shared->job->tally->dry_run;
}

/* The next file; folders that come before it are made. */
static bool take_one(struct fetch_worker *w)
{
    const struct fetch_job *job = w->shared->job;
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
        fetch_worker_tell(w, TALLY_FAILED, &e, false);
    }
    return more;
}

static bool read_next(struct fetch_worker *w)
{
    struct fetch_pool *p = pool_of(w);
    if (!p->has_next)
        return take_one(w);
    w->line = p->next;
    w->step = p->next_step;
    p->has_next = false;
    return true;
}

/* The next batch of small files, or one other file. A batch is a fair share of what is left. */
static bool take(struct fetch_worker *w)
{
    struct fetch_pool *p = pool_of(w);
    uint64_t bytes = 0;
    size_t body = 0;
    bool other = false;
    pthread_mutex_lock(&p->lock);
    uint64_t most = p->small / WORKERS;
    most = most < BATCH_LEAST ? BATCH_LEAST : most < BATCH_NAMES ? most : BATCH_NAMES;
    while (w->n_lines < most && bytes < BATCH_BYTES && body < BATCH_BODY && read_next(w)) {
        other = !is_small_fetch(w);
        if (other)
            break;
        p->small -= p->small > 0;
        bytes += w->line.size;
        body += w->line.path_len + 1;
        w->steps[w->n_lines] = w->step;
        w->lines[w->n_lines++] = w->line;
    }
    if (other && w->n_lines > 0) {
        p->next = w->line;
        p->next_step = w->step;
        p->has_next = true;
    }
    pthread_mutex_unlock(&p->lock);
    return w->n_lines > 0 || other;
}

static void *run(void *arg)
{
    struct fetch_worker *w = arg;
    while (!atomic_load(&w->shared->ended) && take(w)) {
        if (w->n_lines > 0)
            fetch_worker_batch(w);
        else
            fetch_worker_one(w);
    }
    sem_post(&pool_of(w)->done);
    return NULL;
}

static bool start(struct fetch_worker *w, struct fetch_pool *p, struct err *e)
{
    if (!fetch_worker_begin(w, &p->shared, e))
        return false;
    int error = pthread_create(&w->thread, NULL, run, w);
    if (error)
        err_set(e, STATUS_FAILED, "cannot start a thread: %s", strerror(error));
    w->started = error == 0;
    return w->started;
}

static void draw(const struct fetch_job *job, struct fetch_worker *workers, unsigned n)
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
static bool wait_for_all(struct fetch_pool *p, struct fetch_worker *workers, unsigned n)
{
    bool stopped = false;
    for (unsigned left = n; left > 0;) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += DRAW_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (sem_clockwait(&p->done, CLOCK_MONOTONIC, &until) == 0)
            left--;
        if (!stopped && stop_asked(p->shared.job->stop)) {
            stopped = true;
            fetch_end(&p->shared);
        }
        draw(p->shared.job, workers, n);
    }
    return stopped;
}

enum status fetch_pool_run(const struct fetch_job *job, bool *ret_stopped, struct err *e)
{
    struct fetch_pool p = {.shared = {.job = job, .end = eventfd(0, EFD_CLOEXEC)}, .small = job->plan->small};
    struct fetch_worker *workers = calloc(WORKERS, sizeof *workers);
    unsigned n = 0, wanted = job->plan->files < WORKERS ? (unsigned)job->plan->files : WORKERS;
    wanted = wanted == 0 ? 1 : wanted; /* folders */
    *ret_stopped = false;
    if (p.shared.end < 0 || !workers) {
        free(workers);
        if (p.shared.end >= 0)
            close(p.shared.end);
        return err_set(e, STATUS_FAILED, "cannot start: no memory or no file descriptor is left");
    }
    pthread_mutex_init(&p.lock, NULL);
    sem_init(&p.done, 0, 0);
    progress_begin(job->tally->progress, job->name);
    progress_set(job->tally->progress, 0, job->tally->due_bytes, true);
    while (n < wanted && start(&workers[n], &p, e))
        n++;
    if (n > 0)
        *ret_stopped = wait_for_all(&p, workers, n);
    for (unsigned i = 0; i < WORKERS; i++) {
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
        fetch_worker_free(&workers[i]);
    }
    if (!job->tally->dry_run)
        local_tree_commit(job->local, true);
    progress_clear(job->tally->progress);
    free(workers);
    sem_destroy(&p.done);
    pthread_mutex_destroy(&p.lock);
    close(p.shared.end);
    return n > 0 ? STATUS_DONE : e->status;
}
