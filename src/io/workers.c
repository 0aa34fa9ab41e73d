/* Threads for what may block. */
#include "io/workers.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A job reads a file or a folder through small buffers on its stack. */
#define STACK_BYTES (256 * 1024)
/* The last: with 10, 15 and 19, others wait 0.78, 0.65 and 0.55 ms (p99) beside cold files of 8 MiB, and
 * those come with 1.05, 0.94 and 0.71 GB/s, while the others keep the only processor busy. */
#define WORKER_NICE 19
/* A thread that could not be had is asked for again this often, and told of this often. */
#define TEND_MS 100
#define TOLD_MS (60 * 1000)

/* So many clients' jobs wait beside each other; of more, some share a line. */
#define LINES 64
/* Of 64 threads, four for walks: one that waits for a disk leaves the processors to the others. */
#define WALKERS_SHARE 16

struct line {
    struct list node; /* in the queue's turns, while it has jobs */
    struct list jobs; /* the first of each part; its peers are behind it */
};

/* Those of a lane that wait. Each client has a line, and the lines take turns: who asks for a thousand things
 * waits for them, and nobody else does. In a line the parts take turns, too: a thousand who wait for one walk
 * stand in nobody's way, not even where a proxy makes one client of them all. */
struct job_queue {
    struct list turns;
    struct line lines[LINES];
    unsigned waiting, running, most;
};

struct workers {
    pthread_mutex_t lock;
    /* Not a condition variable: to signal one may wait until a thread that was signalled before has come so
     * far as to leave it. A loop waited so 35 times a second beside cold files of 8 MiB, for up to 0.5 ms. */
    sem_t work, ended;
    struct job_queue queues[LANES];
    unsigned idle, threads, max_threads, idle_ms;
    bool stop;
    atomic_bool lacking;        /* a thread could not be had, and jobs may wait for one */
    uint64_t tried_at, told_at; /* clock_ms(), of that */
    bool roam;
    cpu_set_t anywhere; /* with `roam`: where threads may run */
};

static void queue_init(struct job_queue *q, unsigned most)
{
    q->most = most > 0 ? most : 1;
    list_init(&q->turns);
    for (size_t i = 0; i < LINES; i++) {
        list_init(&q->lines[i].node);
        list_init(&q->lines[i].jobs);
    }
}

/* How many of its jobs threads could take now. */
static unsigned queue_takeable(const struct job_queue *q)
{
    unsigned room = q->most - q->running;
    return q->waiting < room ? q->waiting : room;
}

/* Under the lock, as all of these. */
static unsigned takeable(const struct workers *w)
{
    unsigned n = 0;
    for (size_t i = 0; i < LANES; i++)
        n += queue_takeable(&w->queues[i]);
    return n;
}

static struct line *line_of(struct workers *w, const struct job *j)
{
    return &w->queues[j->lane].lines[j->client % LINES];
}

/* The one that stands in the line for all of the same part; NULL when there is none. */
static struct job *first_of_part(const struct line *line, const void *part)
{
    for (struct list *n = line->jobs.next; part && n != &line->jobs; n = n->next)
        if (container_of(n, struct job, task.node)->part == part)
            return container_of(n, struct job, task.node);
    return NULL;
}

static void enqueue(struct workers *w, struct job *j)
{
    struct job_queue *q = &w->queues[j->lane];
    struct line *line = line_of(w, j);
    struct job *first = first_of_part(line, j->part);
    list_init(&j->task.node);
    list_init(&j->peers);
    if (first) {
        list_append(&first->peers, &j->peers);
    } else {
        if (list_empty(&line->jobs))
            list_append(&q->turns, &line->node);
        list_append(&line->jobs, &j->task.node);
    }
    q->waiting++;
    j->queued = true;
}

/* Its peers stay: the next of them has a place at the end of the line. */
static void dequeue(struct workers *w, struct job *j)
{
    struct job_queue *q = &w->queues[j->lane];
    struct line *line = line_of(w, j);
    bool in_line = !list_empty(&j->task.node);
    list_remove(&j->task.node);
    if (in_line && !list_empty(&j->peers)) {
        struct job *next = container_of(j->peers.next, struct job, peers);
        list_remove(&j->peers); /* They are a ring: what is left of it is headed by the next one. */
        list_append(&line->jobs, &next->task.node);
    }
    list_remove(&j->peers);
    if (list_empty(&line->jobs))
        list_remove(&line->node);
    q->waiting--;
    j->queued = false;
}

/* The first lane that has one which may be run, and there who is next. */
static struct job *take(struct workers *w)
{
    struct job_queue *q = w->queues;
    while (queue_takeable(q) == 0)
        q++;
    struct line *line = container_of(q->turns.next, struct line, node);
    struct job *j = container_of(line->jobs.next, struct job, task.node);
    list_remove(&line->node);
    list_append(&q->turns, &line->node);
    dequeue(w, j);
    return j;
}

static struct timespec from_now(unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000)
        t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

/* False when that comes first. */
static bool wait_until(sem_t *s, const struct timespec *until)
{
    int r;
    while ((r = sem_clockwait(s, CLOCK_MONOTONIC, until)) < 0 && errno == EINTR)
        ;
    return r == 0;
}

/* Under the lock, which it gives up while it waits. Returns the next job, or NULL when this thread should
 * end. */
static struct job *next_job(struct workers *w)
{
    struct timespec until = from_now(w->idle_ms);
    while (takeable(w) == 0) {
        if (w->stop) /* Only now: what was submitted is done. */
            return NULL;
        w->idle++;
        pthread_mutex_unlock(&w->lock);
        bool late = !wait_until(&w->work, &until);
        pthread_mutex_lock(&w->lock);
        w->idle--;
        if (late && takeable(w) == 0)
            return NULL;
    }
    return take(w);
}

static void back_home(struct task *t)
{
    struct job *j = container_of(t, struct job, task);
    j->home->awaited--;
    j->done(j);
}

static void run(struct job *j)
{
    j->run(j);
    j->task.run = back_home;
    loop_post(j->home, &j->task);
}

/* When a worker and a loop want the same processor, the loop's client has not asked for anything that waits.
 * SCHED_BATCH: a worker that wakes up, for a job or because its disk has answered, does not take the
 * processor out of a loop's hands; that halved what others wait for beside cold files of 4 KiB. The priority
 * is of this thread alone, on Linux. */
static void give_way(const struct workers *w)
{
    if (w->roam)
        sched_setaffinity(0, sizeof w->anywhere, &w->anywhere);
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), WORKER_NICE);
}

static void *work(void *arg)
{
    struct workers *w = arg;
    struct job *j;
    give_way(w);
    pthread_mutex_lock(&w->lock);
    while ((j = next_job(w))) {
        struct job_queue *q = &w->queues[j->lane]; /* Once it is posted it is no longer ours to look at. */
        q->running++;
        pthread_mutex_unlock(&w->lock);
        run(j);
        pthread_mutex_lock(&w->lock);
        q->running--;
    }
    w->threads--;
    sem_post(&w->ended);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static void tell_lack(struct workers *w, int error)
{
    uint64_t now = clock_ms();
    if (w->told_at == 0 || now - w->told_at > TOLD_MS)
        log_line("cannot start a thread: %s (see 'ulimit -u' and the limits of the container or unit)",
                 strerror(error));
    w->tried_at = w->told_at = now;
    atomic_store_explicit(&w->lacking, true, memory_order_relaxed);
}

/* Under the lock. One that cannot be had is no error: the jobs wait for those that are there, and it is tried
 * again (workers_tend). */
static bool add_thread(struct workers *w)
{
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int error = pthread_create(&thread, &attr, work, w);
    pthread_attr_destroy(&attr);
    if (error != 0) {
        tell_lack(w, error);
        return false;
    }
    w->threads++;
    return true;
}

/* Under the lock: a thread for each job that could be run. False when one could not be had. */
static bool add_threads(struct workers *w)
{
    unsigned wanted = takeable(w);
    for (unsigned n = w->idle; n < wanted && w->threads < w->max_threads; n++)
        if (!add_thread(w))
            return false;
    return true;
}

void workers_tend(struct workers *w)
{
    if (!atomic_load_explicit(&w->lacking, memory_order_relaxed))
        return;
    pthread_mutex_lock(&w->lock);
    if (clock_ms() - w->tried_at >= TEND_MS && !w->stop)
        atomic_store_explicit(&w->lacking, !add_threads(w), memory_order_relaxed);
    pthread_mutex_unlock(&w->lock);
}

bool workers_ready(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    bool ready = w->threads > 0 || add_thread(w);
    pthread_mutex_unlock(&w->lock);
    return ready;
}

static void destroy(struct workers *w)
{
    sem_destroy(&w->work);
    sem_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

struct workers *workers_new(unsigned max_threads, unsigned idle_ms)
{
    struct workers *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    sem_init(&w->work, 0, 0);
    sem_init(&w->ended, 0, 0);
    queue_init(&w->queues[LANE_NEAR], max_threads);
    queue_init(&w->queues[LANE_WALK], max_threads / WALKERS_SHARE);
    queue_init(&w->queues[LANE_FAR], max_threads / 2);
    w->max_threads = max_threads;
    w->idle_ms = idle_ms;
    return w;
}

void workers_roam(struct workers *w)
{
    w->roam = sched_getaffinity(0, sizeof w->anywhere, &w->anywhere) == 0;
}

void workers_submit(struct workers *w, struct job *j)
{
    j->home->awaited++;
    pthread_mutex_lock(&w->lock);
    enqueue(w, j);
    if (takeable(w) > w->idle && w->threads < w->max_threads)
        add_thread(w);
    /* Nobody, and nobody to be had: better the loop waits for its own disk than this client for ever. What
     * may never answer stays in the line, until there is a thread for somebody else or its client's time is
     * up. */
    bool here = w->threads == 0 && j->lane != LANE_FAR, wake = w->idle > 0;
    if (here)
        dequeue(w, j);
    pthread_mutex_unlock(&w->lock);
    /* Behind the lock: who wakes up takes it at once, perhaps on this very processor. */
    if (wake)
        sem_post(&w->work);
    if (here)
        run(j);
}

bool workers_cancel(struct workers *w, struct job *j)
{
    pthread_mutex_lock(&w->lock);
    bool queued = j->queued;
    if (queued)
        dequeue(w, j);
    pthread_mutex_unlock(&w->lock);
    j->home->awaited -= queued;
    return queued;
}

bool workers_free(struct workers *w, unsigned patience_ms)
{
    if (!w)
        return true;
    struct timespec until = from_now(patience_ms);
    bool late = false;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    for (unsigned i = 0; i < w->threads; i++)
        sem_post(&w->work);
    while (w->threads > 0 && !late) {
        pthread_mutex_unlock(&w->lock);
        late = !wait_until(&w->ended, &until);
        pthread_mutex_lock(&w->lock);
    }
    bool all_done = w->threads == 0 && w->queues[LANE_FAR].waiting == 0;
    pthread_mutex_unlock(&w->lock);
    if (!all_done)
        return false;
    destroy(w);
    return true;
}
