/* Threads for jobs that may block. */
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

/* A job reads a file or a folder with small buffers on its stack. */
#define STACK_BYTES (256 * 1024)
/* The lowest priority. With nice 10, 15 and 19, other clients wait 0.78, 0.65 and 0.55 ms (p99) beside cold
 * files of 8 MiB, which then come with 1.05, 0.94 and 0.71 GB/s, while those clients keep the only
 * processor busy. */
#define WORKER_NICE 19
/* If a thread cannot be started: how often to try again, and how often to report it. */
#define TEND_MS 100
#define TOLD_MS (60 * 1000)

/* Clients with lines of their own; further clients share lines. */
#define LINES 64
/* 1 of 16 threads, so 4 of 64, for walks, which use a processor; a job that waits for a disk leaves it to
 * others. */
#define WALKERS_SHARE 16

struct line {
    struct list node; /* in the queue's `turns`, while the line has jobs */
    struct list jobs; /* the first job of each part; the others of that part are its peers */
};

/* The waiting jobs of a lane. Each client has a line, and the lines take turns: a client that asks for a
 * thousand things delays only itself. In a line the parts take turns, too: a thousand jobs that wait for
 * one walk delay nobody else, even if a proxy makes one client of many. */
struct job_queue {
    struct list turns;
    struct line lines[LINES];
    unsigned waiting, running, most;
};

struct workers {
    pthread_mutex_t lock;
    /* Semaphores, because signalling a condition variable may wait for a thread that was signalled before:
     * beside cold files of 8 MiB a loop waited 35 times a second, for up to 0.5 ms. */
    sem_t work, ended;
    struct job_queue queues[LANES];
    unsigned idle, threads, max_threads, idle_ms;
    bool stop;
    atomic_bool lacking;        /* a thread could not be started, and jobs may be waiting for one */
    uint64_t tried_at, told_at; /* clock_ms() of the last attempt and of the last report */
    bool roam;
    cpu_set_t anywhere; /* with `roam`: the processors where threads may run */
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

/* How many of the queue's jobs threads could take now. */
static unsigned queue_takeable(const struct job_queue *q)
{
    unsigned room = q->most - q->running;
    return q->waiting < room ? q->waiting : room;
}

/* Called with the lock held, like the functions below. */
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

/* The job that holds the line's place for that part; NULL if there is none. */
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

/* Removes j from the queue. Its peers stay; the next of them gets a place at the end of the line. */
static void dequeue(struct workers *w, struct job *j)
{
    struct job_queue *q = &w->queues[j->lane];
    struct line *line = line_of(w, j);
    bool in_line = !list_empty(&j->task.node);
    list_remove(&j->task.node);
    if (in_line && !list_empty(&j->peers)) {
        struct job *next = container_of(j->peers.next, struct job, peers);
        list_remove(&j->peers); /* The peers are a ring; the next one becomes its head. */
        list_append(&line->jobs, &next->task.node);
    }
    list_remove(&j->peers);
    if (list_empty(&line->jobs))
        list_remove(&line->node);
    q->waiting--;
    j->queued = false;
}

/* Takes the next job of the first lane that has one and a free thread for it. */
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

/* Returns false if the time came before a post. */
static bool wait_until(sem_t *s, const struct timespec *until)
{
    int r;
    while ((r = sem_clockwait(s, CLOCK_MONOTONIC, until)) < 0 && errno == EINTR)
        ;
    return r == 0;
}

/* Called with the lock held; releases it while it waits. Returns the next job, or NULL if this thread
 * should end. */
static struct job *next_job(struct workers *w)
{
    struct timespec until = from_now(w->idle_ms);
    while (takeable(w) == 0) {
        if (w->stop) /* Only here: all submitted jobs are done first. */
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

/* A loop that competes for the processor goes first, because its clients do not wait for a disk.
 * SCHED_BATCH: a worker that wakes up does not preempt the loop, which halved the wait of other clients
 * beside cold files of 4 KiB. On Linux, both settings are for this thread only. */
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
        /* Read it now: once the job is posted it belongs to the loop. */
        struct job_queue *q = &w->queues[j->lane];
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

/* Called with the lock held. If no thread can be started, the jobs wait for existing threads, and
 * workers_tend() tries again. */
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

/* Called with the lock held: starts a thread for each job that could run. False if one could not be
 * started. */
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
    /* There is no thread and none can be started: the loop blocks on its own disk, because otherwise this
     * client would wait for ever. A job that may never end stays in the line, until a thread can be started
     * or its client times out. */
    bool here = w->threads == 0 && j->lane != LANE_FAR, wake = w->idle > 0;
    if (here)
        dequeue(w, j);
    pthread_mutex_unlock(&w->lock);
    /* After the lock is released: the woken thread takes it at once, perhaps on this processor. */
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
