/* Hashes a file that is growing, on all cores: its pieces, and all of it. */
#include "client/proof.h"

#include "base/cleanup.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

/* More threads than this read faster than a disk does. */
#define THREADS_MAX 8
/* Read at a time: it stays in the L2 cache between the copy and the hashing. */
#define READ_BYTES (128u << 10)
/* How much of the whole is hashed in one go. */
#define STRETCH_BYTES (1u << 20)

struct proof {
    int fd;
    pthread_mutex_t lock;
    sem_t work; /* something may be there to hash */
    sem_t done; /* nothing is left, and the owner waits for that: */
    bool awaited;
    pthread_t threads[THREADS_MAX];
    unsigned n_threads, n_wanted;
    bool ending;
    unsigned busy;  /* threads that hash */
    unsigned round; /* grows when everything is forgotten: what was begun before does not count */
    int why;
    uint64_t total, piece_len, front;
    size_t n;
    unsigned char *pieces;       /* enum piece_state */
    struct sha256_digest *found; /* of the pieces that were hashed */
    const struct sha256_digest *list;
    size_t marked;      /* pieces before this one are before the front */
    size_t cursor, end; /* pieces to be hashed are from the first of these on and before the second */
    size_t waiting;     /* pieces that are PIECE_HERE or PIECE_TAKEN */
    uint64_t missing;   /* bytes of pieces that are not right */
    bool whole, whole_taken;
    unsigned whole_round;
    uint64_t whole_at;
    struct sha256 hash; /* of the bytes before whole_at */
    char *block;        /* for proof_turn() */
};

/* Something to hash, without the lock. */
struct stint {
    bool whole;
    unsigned round;
    size_t i;
    uint64_t from, to;
    struct sha256 hash;
};

static uint64_t length_of(const struct proof *p, size_t i)
{
    uint64_t from = i * p->piece_len;
    return p->total - from < p->piece_len ? p->total - from : p->piece_len;
}

static void set(struct proof *p, size_t i, enum piece_state to)
{
    enum piece_state was = p->pieces[i];
    p->waiting += (to == PIECE_HERE || to == PIECE_TAKEN) - (was == PIECE_HERE || was == PIECE_TAKEN);
    if (to == PIECE_RIGHT && was != PIECE_RIGHT)
        p->missing -= length_of(p, i);
    if (to != PIECE_RIGHT && was == PIECE_RIGHT)
        p->missing += length_of(p, i);
    if (to == PIECE_HERE) {
        p->cursor = i < p->cursor ? i : p->cursor;
        p->end = i >= p->end ? i + 1 : p->end;
    }
    p->pieces[i] = (unsigned char)to;
}

static void judge(struct proof *p, size_t i)
{
    if (!p->list)
        set(p, i, PIECE_HASHED);
    else
        set(p, i, sha256_eq(&p->found[i], &p->list[i]) ? PIECE_RIGHT : PIECE_WRONG);
}

static bool whole_waits(const struct proof *p)
{
    return p->whole && p->whole_at < p->front;
}

static bool is_idle(const struct proof *p)
{
    return p->busy == 0 && p->waiting == 0 && !whole_waits(p);
}

/* False if there is nothing that nobody does already. */
static bool take(struct proof *p, struct stint *j)
{
    if (whole_waits(p) && !p->whole_taken) {
        uint64_t left = p->front - p->whole_at;
        *j = (struct stint){true,
                            p->whole_round,
                            0,
                            p->whole_at,
                            p->whole_at + (left < STRETCH_BYTES ? left : STRETCH_BYTES),
                            p->hash};
        p->whole_taken = true;
        p->busy++;
        return true;
    }
    while (p->cursor < p->end && p->pieces[p->cursor] != PIECE_HERE)
        p->cursor++;
    size_t i = p->cursor;
    if (i >= p->end)
        return false;
    *j = (struct stint){false,          p->round, i, i * p->piece_len, i * p->piece_len + length_of(p, i),
                        .hash = p->hash};
    sha256_begin(&j->hash);
    set(p, i, PIECE_TAKEN);
    p->busy++;
    return true;
}

/* Returns 0 or an errno. A file that ends too early has other bytes than any list. */
static int hash(int fd, struct stint *j, char *block)
{
    for (uint64_t at = j->from; at < j->to;) {
        size_t n = j->to - at < READ_BYTES ? (size_t)(j->to - at) : READ_BYTES;
        ssize_t got = pread(fd, block, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : 0;
        sha256_add(&j->hash, (struct slice){block, (size_t)got});
        at += (uint64_t)got;
    }
    return 0;
}

static void give_back(struct proof *p, struct stint *j, int why)
{
    p->busy--;
    p->why = p->why ? p->why : why;
    if (j->whole) {
        p->whole_taken = false;
        if (j->round == p->whole_round) {
            p->hash = j->hash;
            p->whole_at = j->to;
        }
    } else if (j->round == p->round && p->pieces[j->i] == PIECE_TAKEN) {
        p->found[j->i] = sha256_end(&j->hash);
        judge(p, j->i);
    }
    if (p->awaited && is_idle(p)) {
        p->awaited = false;
        sem_post(&p->done);
    }
}

/* With the lock, which is released meanwhile. */
static void work_on(struct proof *p, struct stint *j, char *block)
{
    pthread_mutex_unlock(&p->lock);
    int why = hash(p->fd, j, block);
    pthread_mutex_lock(&p->lock);
    give_back(p, j, why);
}

static void *run(void *arg)
{
    struct proof *p = arg;
    struct stint j;
    AUTO_FREE char *block = malloc(READ_BYTES);
    pthread_mutex_lock(&p->lock);
    while (block && !p->ending) {
        if (take(p, &j)) {
            work_on(p, &j, block);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        while (sem_wait(&p->work) < 0)
            continue;
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct proof *proof_new(int fd)
{
    struct proof *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    p->fd = fd;
    p->n_wanted = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
    p->block = malloc(READ_BYTES);
    if (!p->block) {
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    sem_init(&p->work, 0, 0);
    sem_init(&p->done, 0, 0);
    return p;
}

void proof_free(struct proof *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n_threads; i++)
        sem_post(&p->work);
    for (unsigned i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_mutex_destroy(&p->lock);
    sem_destroy(&p->work);
    sem_destroy(&p->done);
    free(p->pieces);
    free(p->found);
    free(p->block);
    free(p);
}

/* A thread is made for each piece that waits, until there are enough. The one that waits helps (see
 * proof_turn()), so none is needed. */
static void wake(struct proof *p)
{
    if (p->n_threads < p->n_wanted && p->busy == p->n_threads) {
        if (pthread_create(&p->threads[p->n_threads], NULL, run, p) == 0)
            p->n_threads++;
        else
            p->n_wanted = p->n_threads;
    }
    sem_post(&p->work);
}

/* Marks the pieces that are before the front. */
static void mark(struct proof *p)
{
    while (p->marked < p->n && p->marked * p->piece_len + length_of(p, p->marked) <= p->front) {
        size_t i = p->marked++;
        if (p->pieces[i] != PIECE_GONE)
            continue;
        set(p, i, PIECE_HERE);
        wake(p);
    }
}

static void forget_whole(struct proof *p)
{
    p->whole_round++;
    p->whole_at = 0;
    sha256_begin(&p->hash);
}

static bool cut(struct proof *p, uint64_t total, uint64_t piece_len)
{
    size_t n = piece_len > 0 ? (size_t)(total / piece_len + (total % piece_len > 0)) : 0;
    unsigned char *pieces = calloc(n + 1, 1);
    struct sha256_digest *found = calloc(n + 1, sizeof *found);
    if (!pieces || !found) {
        free(pieces);
        free(found);
        return false;
    }
    free(p->pieces);
    free(p->found);
    p->pieces = pieces;
    p->found = found;
    p->round++;
    p->n = n;
    p->total = p->missing = total;
    p->piece_len = piece_len;
    p->marked = p->cursor = p->end = p->waiting = 0;
    p->list = NULL;
    return true;
}

bool proof_restart(struct proof *p, uint64_t total, uint64_t piece_len)
{
    pthread_mutex_lock(&p->lock);
    bool ok = cut(p, total, piece_len);
    p->front = 0;
    p->whole = false;
    forget_whole(p);
    pthread_mutex_unlock(&p->lock);
    return ok;
}

void proof_front(struct proof *p, uint64_t front)
{
    pthread_mutex_lock(&p->lock);
    p->front = front;
    mark(p);
    /* Waking a thread costs more than hashing a little; the rest is for whoever waits for the end. */
    if (p->whole && p->whole_at + STRETCH_BYTES <= front)
        wake(p);
    pthread_mutex_unlock(&p->lock);
}

bool proof_compare(struct proof *p, uint64_t piece_len, const struct sha256_digest *list)
{
    pthread_mutex_lock(&p->lock);
    bool ok = piece_len == p->piece_len || cut(p, p->total, piece_len);
    if (ok)
        p->list = list;
    for (size_t i = 0; i < p->n && ok; i++)
        if (p->pieces[i] == PIECE_HASHED)
            judge(p, i);
    mark(p);
    pthread_mutex_unlock(&p->lock);
    return ok;
}

void proof_whole(struct proof *p)
{
    pthread_mutex_lock(&p->lock);
    p->whole = true;
    if (whole_waits(p))
        wake(p);
    pthread_mutex_unlock(&p->lock);
}

void proof_here(struct proof *p, size_t i)
{
    pthread_mutex_lock(&p->lock);
    set(p, i, PIECE_HERE);
    if (p->whole_at > i * p->piece_len || p->whole_taken)
        forget_whole(p);
    wake(p);
    pthread_mutex_unlock(&p->lock);
}

uint64_t proof_lag(struct proof *p)
{
    pthread_mutex_lock(&p->lock);
    uint64_t lag = p->waiting * p->piece_len;
    if (whole_waits(p) && p->front - p->whole_at > lag)
        lag = p->front - p->whole_at;
    pthread_mutex_unlock(&p->lock);
    return lag;
}

bool proof_turn(struct proof *p)
{
    struct stint j;
    pthread_mutex_lock(&p->lock);
    bool took = take(p, &j);
    if (took)
        work_on(p, &j, p->block);
    pthread_mutex_unlock(&p->lock);
    return took;
}

bool proof_wait(struct proof *p, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&p->lock);
    bool idle = is_idle(p);
    p->awaited = !idle;
    pthread_mutex_unlock(&p->lock);
    if (idle)
        return true;
    while (sem_clockwait(&p->done, CLOCK_MONOTONIC, &until) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&p->lock);
    idle = is_idle(p);
    pthread_mutex_unlock(&p->lock);
    return idle;
}

size_t proof_pieces(const struct proof *p)
{
    return p->n;
}

uint64_t proof_piece_len(const struct proof *p)
{
    return p->piece_len;
}

enum piece_state proof_piece(struct proof *p, size_t i)
{
    pthread_mutex_lock(&p->lock);
    enum piece_state piece = p->pieces[i];
    pthread_mutex_unlock(&p->lock);
    return piece;
}

uint64_t proof_missing(struct proof *p)
{
    pthread_mutex_lock(&p->lock);
    uint64_t missing = p->missing;
    pthread_mutex_unlock(&p->lock);
    return missing;
}

struct sha256_digest proof_digest(struct proof *p)
{
    pthread_mutex_lock(&p->lock);
    struct sha256 hash = p->hash;
    pthread_mutex_unlock(&p->lock);
    return sha256_end(&hash);
}

int proof_errno(struct proof *p)
{
    pthread_mutex_lock(&p->lock);
    int why = p->why;
    pthread_mutex_unlock(&p->lock);
    return why;
}
