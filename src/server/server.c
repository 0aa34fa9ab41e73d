/* The whole server: starts the loops, one a thread, and ends in good order. */
#include "server/server.h"

#include "base/log.h"
#include "server/conn.h"
#include "server/listener.h"
#include "server/placement.h"
#include "server/pressure.h"
#include "server/process.h"
#include "server/reaper.h"
#include "server/signals.h"
#include "sys/limits.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* Threads for jobs that may block. Each may be stuck in a read of a slow disk, which must not keep other
 * files from being opened; a waiting thread costs two pages. */
#define WORKERS_MAX 64
/* Longer than the gaps of a busy time. A server with one loop that has waited for nothing since then has
 * one thread: while the process has one thread, the kernel skips descriptor refcounts, 2 % of the CPU of a
 * small answer. */
#define WORKER_IDLE_MS (10 * 1000)
/* How long the last close() on a slow disk may take before the process ends. */
#define STUCK_MS 1000
/* While names are remembered: how often expired ones are looked for if nothing else happens. */
#define FORGET_MS 1000
/* Kept for files that workers open, and for one client with its file. */
#define KEPT_DESCRIPTORS 4
#define LEAST_DESCRIPTORS (KEPT_DESCRIPTORS + 2)

/* The first loop ends last, because it receives a second signal. `clients` includes those that another loop
 * is handing over, and excludes those that have gone and are only used by a worker. */
static void check_drained(struct shard *s)
{
    bool last = s != s->server->shards || atomic_load(&s->server->others) == 0;
    if (last && atomic_load(&s->clients) == 0)
        loop_stop(&s->loop);
}

/* After each batch, when no event is left that could point to freed memory. */
static void end_batch(struct loop *l)
{
    struct shard *s = container_of(l, struct shard, loop);
    shares_end_batch(&s->cache.shares);
    if (shares_expire(&s->cache.shares) && !timer_armed(&s->forget))
        timer_arm(l, &s->forget_pause, &s->forget);
    workers_tend(s->server->workers);
    placement_tend(s); /* before any of them is freed */
    reaper_collect(s);
    pressure_relieve(s);
    if (s->has_room)
        listener_resume(s);
    s->has_room = false;
    if (s->draining)
        check_drained(s);
}

/* The end of this batch does the rest. */
static void on_other_ended(struct task *t)
{
    (void)t;
}

/* Time is up: cuts what still runs. A connection that a worker uses ends when the worker returns, or with
 * the process; finished jobs are run now, because no batch follows. */
static void cut_all(struct shard *s)
{
    loop_stop(&s->loop); /* first, so that no client that is being handed over is let in */
    atomic_fetch_add(&s->server->cut, reaper_kill_all(s));
    loop_run_posted(&s->loop);
}

static void on_drain_over(struct timer_queue *q, struct timer *t)
{
    (void)q;
    cut_all(container_of(t, struct shard, drain_over));
}

static void hurry(struct task *t)
{
    cut_all(container_of(t, struct shard, hurry));
}

static void drain(struct task *t)
{
    struct shard *s = container_of(t, struct shard, drain);
    listener_accept_waiting(s); /* the kernel has told them that they are connected */
    s->draining = s->cache.ending = true;
    listener_close_all(s);
    reaper_drain(s);
    timer_arm(&s->loop, &s->drain_limit, &s->drain_over);
}

/* No client is left, and the names of this loop have expired: a disk may be unmounted. */
static void on_rest(struct timer_queue *q, struct timer *t)
{
    struct shard *s = container_of(t, struct shard, rest);
    (void)q;
    if (atomic_load(&s->server->clients) == 0)
        root_rest(&s->server->site.root, &s->server->clients);
}

/* The end of this batch does the rest. */
static void on_forget(struct timer_queue *q, struct timer *t)
{
    (void)q, (void)t;
}

struct late_close {
    struct job job;
    struct version *version;
};

static void close_on_worker(struct job *j)
{
    version_unref(container_of(j, struct late_close, job)->version);
}

static void free_at_home(struct job *j)
{
    free(container_of(j, struct late_close, job));
}

static void close_later(struct shares *shares, struct version *v)
{
    struct shard *s = container_of(shares, struct shard, cache.shares);
    struct late_close *late = malloc(sizeof *late);
    if (!late) {
        version_unref(v);
        return;
    }
    late->job = (struct job){.run = close_on_worker, .done = free_at_home, .home = &s->loop};
    late->version = v;
    workers_submit(s->server->workers, &late->job);
}

/* While the loops have enough clients of their processors they stay there: a packet that crosses to another
 * processor, and the socket's state with it, cost as much as all the rest of a small answer. */
static void take_place(struct shard *s)
{
    cpu_set_t set = s->server->anywhere;
    if (s->processor < 0)
        return;
    if (atomic_load(&s->server->stay)) {
        CPU_ZERO(&set);
        CPU_SET(s->processor, &set);
    }
    int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    if (error != 0)
        log_debug("a loop cannot be moved to processor %d: %s", s->processor, strerror(error));
}

static void follow(struct task *t)
{
    struct shard *s = container_of(t, struct shard, follow);
    atomic_store(&s->is_to_follow, false);
    take_place(s);
    placement_follow(s);
}

int shard_init(struct shard *s, struct server *server)
{
    s->server = server;
    s->processor = -1;
    task_init(&s->drain, drain);
    task_init(&s->hurry, hurry);
    task_init(&s->yield, listener_yield);
    task_init(&s->follow, follow);
    timer_init(&s->drain_over);
    timer_init(&s->accept_again);
    int error = loop_init(&s->loop);
    int failed = site_cache_init(&s->cache, &server->site, &s->loop.now, server->names_max);
    reaper_init(s);
    pressure_init(s);
    s->loop.after_batch = end_batch;
    s->cache.shares.close_later = close_later;
    if (server->memory.most / 4 / server->shard_count < SHARES_BYTES && server->memory.most != 0)
        s->cache.shares.bytes_max = server->memory.most / 4 / server->shard_count;
    loop_add_queue(&s->loop, &s->drain_limit, server->drain_ms, on_drain_over);
    loop_add_queue(&s->loop, &s->forget_pause, FORGET_MS, on_forget);
    timer_init(&s->forget);
    loop_add_queue(&s->loop, &s->rest_pause, SHARE_MS, on_rest);
    timer_init(&s->rest);
    if (s == server->shards) /* perhaps no client ever comes */
        timer_arm(&s->loop, &s->rest_pause, &s->rest);
    return error < 0 ? error : failed;
}

void shard_free(struct shard *s)
{
    site_cache_free(&s->cache);
    transaction_forget_spare(s);
    buf_pool_free(&s->inboxes);
    loop_free(&s->loop);
}

static void *run_shard(void *arg)
{
    struct shard *s = arg;
    take_place(s);
    loop_run(&s->loop);
    if (s != s->server->shards && atomic_fetch_sub(&s->server->others, 1) == 1)
        loop_post(&s->server->shards[0].loop, &s->server->other_ended);
    return NULL;
}

static bool all_gone(const struct server *s)
{
    for (unsigned i = 0; i < s->shard_count; i++)
        if (!list_empty(&s->shards[i].conns))
            return false;
    return true;
}

static void close_log(struct server *s)
{
    access_log_close(s->log);
    s->log = NULL;
}

/* For when another thread still runs, such as a worker that is stuck in a dead file system: what it uses
 * cannot be freed. */
static _Noreturn void end_beside_threads(enum status status, const struct err *e)
{
    if (status != STATUS_DONE)
        log_line("%s", e->text);
    process_end(status);
}

static void tell_addresses(const struct server *s, const struct server_config *config)
{
    const struct shard *first = &s->shards[0];
    struct address at[PORTS_MAX];
    for (unsigned i = 0; i < first->listener_count; i++) {
        at[i] = (struct address){.len = sizeof at[i].at};
        getsockname(first->listeners[i].fd, (struct sockaddr *)&at[i].at, &at[i].len);
    }
    config->listening(config, at, first->listener_count);
}

/* Runs the loops until all are drained. */
static enum status run(struct server *s, const struct server_config *config, struct err *e)
{
    struct signals signals;
    int error = signals_watch(&signals, s);
    if (error < 0)
        return err_set(e, STATUS_FAILED, "cannot watch for signals: %s", strerror(-error));
    unsigned running = 1;
    task_init(&s->other_ended, on_other_ended);
    atomic_store(&s->others, s->shard_count - 1);
    tell_addresses(s, config);
    while (running < s->shard_count) {
        error = pthread_create(&s->shards[running].thread, NULL, run_shard, &s->shards[running]);
        if (error != 0) {
            /* Its clients would wait for ever in a socket that nobody reads. */
            err_set(e, STATUS_FAILED, "cannot start thread %u: %s (try --threads %u)", running + 1,
                    strerror(error), running);
            end_beside_threads(STATUS_FAILED, e);
        }
        running++;
    }
    run_shard(&s->shards[0]);
    for (unsigned i = 1; i < running; i++)
        pthread_join(s->shards[i].thread, NULL);
    close(signals.fd);
    close_log(s);
    enum status status = STATUS_DONE;
    unsigned cut = atomic_load(&s->cut);
    if (s->hurried)
        status = err_set(e, STATUS_FAILED, "stopped at once: %u transfer%s cut", cut,
                         cut == 1 ? " was" : "s were");
    else if (cut > 0)
        log_line("%u transfer%s not finish in time and %s cut", cut, cut == 1 ? " did" : "s did",
                 cut == 1 ? "was" : "were");
    if (!all_gone(s))
        end_beside_threads(status, e);
    return status;
}

/* Half of the memory: the other half is for the program itself, for the kernel's part of connections, and
 * for cached files. */
static size_t most_memory(uint64_t wanted)
{
    uint64_t most = wanted > 0 ? wanted : limits_memory() / 2;
    return most < SIZE_MAX ? (size_t)most : SIZE_MAX;
}

/* The memory of a client that gets a 503. */
#define LEAST_BYTES (16 * 1024)

/* Each client takes a descriptor, and its file another. Call it after everything else is open. */
static unsigned most_clients(unsigned wanted, size_t memory)
{
    unsigned left = limits_descriptors_left();
    unsigned most = left > LEAST_DESCRIPTORS ? (left - KEPT_DESCRIPTORS) / 2 : 1;
    if (memory / LEAST_BYTES < most)
        most = memory / LEAST_BYTES > 0 ? (unsigned)(memory / LEAST_BYTES) : 1;
    return wanted > 0 && wanted < most ? wanted : most;
}

/* For each loop two, and a socket for each address, of which localhost has two; the folder, the signals,
 * the cache of hashes, and two of the log. Checked at the start, because a server that listens and cannot
 * accept would be silent. */
static enum status check_descriptors(const struct server_config *config, struct err *e)
{
    unsigned needed = config->threads * (2 + 2 * config->listen_count) + 5 + LEAST_DESCRIPTORS;
    unsigned left = limits_descriptors_left(), all = limits_descriptors();
    if (left >= needed)
        return STATUS_DONE;
    return err_set(e, STATUS_FAILED,
                   "%u descriptors are too few to serve anybody with --threads %u (try 'ulimit -n %u')", all,
                   config->threads, all - left + needed);
}

/* Remembered names take descriptors, too, but give way if none is left for a client. With several loops
 * more are left free, because no loop can make another one give way. */
static unsigned most_names(unsigned loops)
{
    unsigned most = limits_descriptors() / (loops > 1 ? 4 : 2) / loops;
    return most < SHARES_MAX ? most : SHARES_MAX;
}

enum status server_run(const struct server_config *config, struct err *e)
{
    struct server s = {
        .wires = wires,
        .memory.most = most_memory(config->max_memory),
        .names_max = most_names(config->threads),
        .quiet = config->quiet,
        .drain_ms = config->drain_seconds * 1000,
        .shard_count = config->threads,
    };
    enum status status = check_descriptors(config, e);
    if (status == STATUS_DONE)
        status = site_open(&s.site, &config->site, &s.memory, e);
    if (status != STATUS_DONE)
        return status;
    process_begin(config->threads);
    s.shards = calloc(s.shard_count, sizeof *s.shards);
    s.workers = workers_new(WORKERS_MAX, WORKER_IDLE_MS);
    s.pin = config->pin;
    sched_getaffinity(0, sizeof s.anywhere, &s.anywhere);
    pthread_mutex_init(&s.arrivals_lock, NULL);
    if (config->threads > 1 && config->threads == limits_processors())
        arrivals_init(&s.arrivals, config->threads);
    atomic_store(&s.local, s.pin || s.arrivals.local);
    atomic_store(&s.stay, s.pin);
    if (atomic_load(&s.local) && s.workers)
        workers_roam(s.workers);
    int error = s.shards && s.workers ? 0 : -ENOMEM;
    for (unsigned i = 0; i < s.shard_count && s.shards; i++) {
        int failed = shard_init(&s.shards[i], &s);
        if (atomic_load(&s.local))
            s.shards[i].processor = limits_processor(i);
        error = error < 0 ? error : failed;
    }
    if (error < 0)
        status = err_set(e, STATUS_FAILED, "cannot start: %s", strerror(-error));
    else if (config->log || config->log_fd >= 0)
        status = access_log_open(&s.log, config->log, config->log_fd, config->log_format, s.shard_count, e);
    if (status == STATUS_DONE)
        status = listener_open_all(&s, config->listen, config->listen_count, e);
    s.max_clients = most_clients(config->max_clients, s.memory.most);
    if (status == STATUS_DONE)
        status = run(&s, config, e);
    close_log(&s);

    /* A worker may be busy for no connection: it closes what one has given up. */
    if (!workers_free(s.workers, STUCK_MS))
        end_beside_threads(status, e);
    for (unsigned i = 0; i < s.shard_count && s.shards; i++) {
        loop_run_posted(&s.shards[i].loop);
        reaper_collect(&s.shards[i]);
        listener_close_all(&s.shards[i]);
        shard_free(&s.shards[i]);
    }
    free(s.shards);
    pthread_mutex_destroy(&s.arrivals_lock);
    site_close(&s.site);
    return status;
}
