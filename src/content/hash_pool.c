/* Hashes many files on several threads.
 *
 * The jobs are a ring. Each thread takes the next one that nobody has; if there is none, it helps with the
 * oldest job that has work for another thread. */
#include "content/hash_pool.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#define TICK_MS 50
#define THREADS_MAX 64
/* Memory of all lists of pieces. */
#define HELD_MOST (64 * 1024 * 1024)
/* A file without a length (a pipe) is read in such pieces. */
#define READ_BYTES (64 * 1024)

enum {
    JOB_WAITS,
    JOB_OPENS,
    JOB_SHARED, /* other threads may help */
    JOB_ENDS,
    JOB_READY,
};

struct hash_pool {
    struct hash_pool_options o;
    uint64_t tick_due; /* clock_ms() */
    struct hashes hashes;
    pthread_mutex_t lock; /* of the ring, and of the jobs' last four members */
    /* They only grow: the oldest job, the first that no thread took, and the place of the next one. */
    size_t first, next, end;
    size_t held;
    _Atomic uint64_t bytes;
    atomic_bool is_ending;
    bool is_stopped;
    sem_t work;                     /* as often as a thread may find something to do */
    const struct hash_job *awaited; /* by the caller's thread */
    sem_t news;                     /* it is ready */
    unsigned n_threads;
    pthread_t threads[THREADS_MAX];
    struct hash_job ring[];
};

static struct hash_job *job_at(struct hash_pool *p, size_t i)
{
    return &p->ring[i % p->o.most];
}

static void release(struct hash_job *j)
{
    hash_unref(j->hash);
    version_unref(j->version);
    free(j->name);
    free(j->list);
    free(j->wrong);
}

/* ---- on any thread ---- */

/* Something without a length: it is read to its end. */
static void read_stream(struct hash_pool *p, struct hash_job *j, int fd)
{
    char bytes[READ_BYTES];
    struct sha256 s;
    ssize_t n = 0;
    sha256_begin(&s);
    while (!p->is_ending && ((n = read(fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))) {
        sha256_add(&s, (struct slice){bytes, n > 0 ? (size_t)n : 0});
        p->bytes += n > 0 ? (uint64_t)n : 0;
    }
    if (n < 0) {
        j->error = -errno;
        return;
    }
    j->whole = sha256_end(&s);
    j->is_whole = true;
}

static bool is_stream(const struct hash_job *j, int fd, enum fs_kind kind)
{
    return !S_ISREG(j->stat.st_mode) || (kind == FS_SLOW && root_makes_up(fd));
}

/* How many threads can work on it at once. */
static unsigned sharers(const struct hash_job *j)
{
    return j->task == HASH_LISTS ? 2 : j->task == HASH_CHECK && j->pieces > 0 ? (unsigned)j->pieces : 1;
}

static int open_job(struct hash_pool *p, struct hash_job *j)
{
    enum fs_kind kind = FS_SLOW;
    AUTO_CLOSE int fd = p->o.open(p->o.context, j->name, &j->stat, &kind);
    if (fd < 0)
        return fd;
    bool differs = j->is_sized && S_ISREG(j->stat.st_mode) && (uint64_t)j->stat.st_size != j->size;
    if (S_ISDIR(j->stat.st_mode) || j->task == HASH_LOOK || differs)
        return 0;
    if (is_stream(j, fd, kind)) {
        if (j->task == HASH_FILE)
            read_stream(p, j, fd);
        else
            j->broken = "it has no length";
        return j->error;
    }
    if (j->task == HASH_CHECK && !(j->wrong = calloc(j->pieces + 1, 1)))
        return -ENOMEM;
    j->version = version_open(TAKE_FD(fd), &j->stat, kind, NULL);
    return j->version ? hash_open_single(&p->hashes, j->version, &j->hash) : -ENOMEM;
}

static void check_piece(struct hash_pool *p, struct hash_job *j, size_t i)
{
    struct sha256_digest d;
    uint64_t off = i * j->piece_len, left = j->size - off;
    uint64_t n = left < j->piece_len ? left : j->piece_len;
    if (hash_range(j->hash, off, n, &d))
        j->wrong[i] = !sha256_eq(&d, &j->list[i]);
    p->bytes += n;
}

static bool take_piece(struct hash_pool *p, struct hash_job *j, size_t *ret)
{
    pthread_mutex_lock(&p->lock);
    bool any = j->next < j->pieces && !hash_broken(j->hash) && !p->is_ending;
    *ret = any ? j->next++ : j->next;
    pthread_mutex_unlock(&p->lock);
    return any;
}

/* Of the threads at one file, only the one that opened it counts. */
static void step(struct hash_pool *p, struct hash_job *j, bool counts)
{
    unsigned wanted = j->task == HASH_LISTS ? HASH_PIECES | HASH_WHOLE : HASH_WHOLE;
    uint64_t before = 0;
    bool done;
    do {
        done = hash_step(j->hash, wanted);
        uint64_t now = hash_progress(j->hash);
        p->bytes += counts ? now - before : 0;
        before = now;
    } while (!done && !p->is_ending);
}

static void compute(struct hash_pool *p, struct hash_job *j, bool counts)
{
    size_t i;
    if (j->task == HASH_CHECK)
        while (take_piece(p, j, &i))
            check_piece(p, j, i);
    else
        step(p, j, counts);
}

static void finish(struct hash_job *j)
{
    if (j->hash)
        j->broken = hash_broken(j->hash);
    if (j->hash && !j->broken && hash_whole(j->hash)) {
        j->whole = *hash_whole(j->hash);
        j->is_whole = true;
    }
    if (j->task == HASH_LISTS && !j->broken)
        return;
    hash_unref(TAKE_PTR(j->hash));
    version_unref(TAKE_PTR(j->version));
}

static void share(struct hash_pool *p, struct hash_job *j)
{
    unsigned helpers = sharers(j) - 1;
    if (helpers == 0)
        return;
    pthread_mutex_lock(&p->lock);
    j->state = JOB_SHARED;
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < helpers && i + 1 < p->n_threads; i++)
        sem_post(&p->work);
}

static void leave(struct hash_pool *p, struct hash_job *j)
{
    pthread_mutex_lock(&p->lock);
    bool last = --j->users == 0;
    if (last)
        j->state = JOB_ENDS;
    pthread_mutex_unlock(&p->lock);
    if (!last)
        return;
    finish(j);
    pthread_mutex_lock(&p->lock);
    j->state = JOB_READY;
    bool awaited = p->awaited == j;
    pthread_mutex_unlock(&p->lock);
    if (awaited)
        sem_post(&p->news);
}

static bool needs_help(const struct hash_job *j)
{
    return j->state == JOB_SHARED && j->users < sharers(j) && (j->task != HASH_CHECK || j->next < j->pieces);
}

static struct hash_job *take(struct hash_pool *p, bool *ret_opens)
{
    struct hash_job *found = NULL;
    pthread_mutex_lock(&p->lock);
    *ret_opens = p->next < p->end;
    if (*ret_opens) {
        found = job_at(p, p->next++);
        found->state = JOB_OPENS;
    }
    for (size_t i = p->first; !found && i < p->end; i++)
        if (needs_help(job_at(p, i)))
            found = job_at(p, i);
    if (found)
        found->users++;
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void turn(struct hash_pool *p)
{
    bool opens;
    struct hash_job *j = take(p, &opens);
    if (!j)
        return;
    if (opens) {
        j->error = open_job(p, j);
        if (j->hash)
            share(p, j);
    }
    if (j->hash)
        compute(p, j, opens);
    leave(p, j);
}

static void *work(void *arg)
{
    struct hash_pool *p = arg;
    for (;;) {
        while (sem_wait(&p->work) < 0)
            ;
        if (p->is_ending)
            return NULL;
        turn(p);
    }
}

/* ---- on the caller's thread ---- */

struct hash_pool *hash_pool_new(const struct hash_pool_options *o)
{
    struct hash_pool *p = calloc(1, sizeof *p + o->most * sizeof p->ring[0]);
    if (!p)
        return NULL;
    p->o = *o;
    hashes_init(&p->hashes, o->store, NULL);
    pthread_mutex_init(&p->lock, NULL);
    sem_init(&p->work, 0, 0);
    sem_init(&p->news, 0, 0);
    while (p->n_threads < o->threads && p->n_threads < THREADS_MAX &&
           pthread_create(&p->threads[p->n_threads], NULL, work, p) == 0)
        p->n_threads++;
    return p;
}

void hash_pool_free(struct hash_pool *p)
{
    if (!p)
        return;
    p->is_ending = true;
    for (unsigned i = 0; i < p->n_threads; i++)
        sem_post(&p->work);
    for (unsigned i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    for (size_t i = p->first; i < p->end; i++)
        release(job_at(p, i));
    sem_destroy(&p->work);
    sem_destroy(&p->news);
    pthread_mutex_destroy(&p->lock);
    hashes_free(&p->hashes);
    free(p);
}

static bool is_ready(struct hash_pool *p, const struct hash_job *j)
{
    pthread_mutex_lock(&p->lock);
    bool ready = j->state == JOB_READY;
    p->awaited = ready ? NULL : j;
    pthread_mutex_unlock(&p->lock);
    return ready;
}

/* Without a thread (there may be too many), this one does the work. */
static void wait_for_news(struct hash_pool *p)
{
    struct timespec until;
    if (p->n_threads == 0) {
        turn(p);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    sem_clockwait(&p->news, CLOCK_MONOTONIC, &until);
}

/* Calls for each file would cost more than small files do. */
static bool tick(struct hash_pool *p)
{
    uint64_t now = clock_ms();
    if (!p->is_stopped && now >= p->tick_due) {
        p->is_stopped = !p->o.tick(p->o.context, p->bytes);
        p->tick_due = now + TICK_MS;
    }
    return !p->is_stopped;
}

static bool wait_for(struct hash_pool *p, const struct hash_job *j)
{
    while (!is_ready(p, j)) {
        wait_for_news(p);
        if (!tick(p))
            return false;
    }
    return tick(p);
}

static bool hand_back(struct hash_pool *p)
{
    struct hash_job *j = job_at(p, p->first);
    if (!wait_for(p, j))
        return false;
    p->o.done(p->o.context, j);
    release(j);
    p->held -= j->held;
    pthread_mutex_lock(&p->lock);
    p->first++;
    pthread_mutex_unlock(&p->lock);
    return true;
}

/* Hands back half of them at once: threads that wake each other for each file would do little else. */
static bool make_room(struct hash_pool *p)
{
    size_t until = p->first + (p->end - p->first + 1) / 2;
    if (!wait_for(p, job_at(p, until - 1)))
        return false;
    while (p->first < until)
        if (!hand_back(p))
            return false;
    return true;
}

static bool has_room(const struct hash_pool *p, size_t held)
{
    return p->first == p->end || (p->end - p->first < p->o.most && p->held + held <= HELD_MOST);
}

bool hash_pool_add(struct hash_pool *p, struct hash_job *j)
{
    j->held = j->pieces * (sizeof j->list[0] + 1);
    while (!has_room(p, j->held))
        if (!make_room(p)) {
            release(j);
            return false;
        }
    p->held += j->held;
    pthread_mutex_lock(&p->lock);
    *job_at(p, p->end) = *j;
    p->end++;
    pthread_mutex_unlock(&p->lock);
    sem_post(&p->work);
    return true;
}

bool hash_pool_drain(struct hash_pool *p)
{
    while (p->first < p->end)
        if (!hand_back(p))
            return false;
    p->tick_due = 0;
    return tick(p);
}
