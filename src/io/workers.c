/* Threads for what may block. */
#include "io/workers.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* A job reads a file or a folder through small buffers on its stack. */
#define STACK_BYTES (256 * 1024)
/* Long enough to outlast the gaps of a busy time, short enough that an idle server is one thread a core. */
#define IDLE_SECONDS 10

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work, ended;
    struct list jobs;
    unsigned waiting; /* jobs in the list */
    unsigned idle, threads, max_threads;
    bool stop;
};

struct workers *workers_new(unsigned max_threads)
{
    struct workers *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, &monotonic);
    pthread_cond_init(&w->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    list_init(&w->jobs);
    w->max_threads = max_threads;
    return w;
}

/* Under the lock. Returns the next job, or NULL when this thread should end. */
static struct job *next_job(struct workers *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    while (list_empty(&w->jobs)) {
        if (w->stop) /* Only now: what was submitted is done. */
            return NULL;
        w->idle++;
        int r = pthread_cond_timedwait(&w->work, &w->lock, &until);
        w->idle--;
        if (r == ETIMEDOUT && list_empty(&w->jobs))
            return NULL;
    }
    struct job *j = container_of(w->jobs.next, struct job, task.node);
    list_remove(&j->task.node);
    w->waiting--;
    return j;
}

static void back_home(struct task *t)
{
    struct job *j = container_of(t, struct job, task);
    j->done(j);
}

static void *work(void *arg)
{
    struct workers *w = arg;
    struct job *j;
    pthread_mutex_lock(&w->lock);
    while ((j = next_job(w))) {
        pthread_mutex_unlock(&w->lock);
        j->run(j);
        j->task.run = back_home;
        loop_post(j->home, &j->task);
        pthread_mutex_lock(&w->lock);
    }
    w->threads--;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Under the lock. A thread that cannot be had is no error as long as there is one: the jobs wait a little
 * more. */
static void add_thread(struct workers *w)
{
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attr, work, w) == 0)
        w->threads++;
    pthread_attr_destroy(&attr);
}

void workers_submit(struct workers *w, struct job *j)
{
    bool stranded = false;
    pthread_mutex_lock(&w->lock);
    list_append(&w->jobs, &j->task.node);
    w->waiting++;
    if (w->waiting > w->idle && w->threads < w->max_threads)
        add_thread(w);
    if (w->threads == 0) {
        list_remove(&j->task.node);
        w->waiting--;
        stranded = true;
    }
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    if (stranded) { /* No thread to be had at all: slow is better than never. */
        j->run(j);
        j->task.run = back_home;
        loop_post(j->home, &j->task);
    }
}

bool workers_free(struct workers *w, unsigned patience_ms)
{
    struct timespec until;
    int r = 0;
    if (!w)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000)
        until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->work);
    while (w->threads > 0 && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&w->ended, &w->lock, &until);
    bool all_ended = w->threads == 0;
    pthread_mutex_unlock(&w->lock);
    if (!all_ended)
        return false;
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return true;
}
