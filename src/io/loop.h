/* One event loop: readiness (epoll), timers, turns, and work that comes back from other threads. */
#pragma once

#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* What the loop calls when a descriptor is ready. Embedded in the noun that owns the descriptor. It must not
 * be freed inside an event: later events of the same batch may point to it (see loop.after_batch). */
struct watch {
    void (*on_ready)(struct watch *w, uint32_t events);
};

/* A timer is always in the queue of all timers of the same duration, so the queue is in order of time without
 * sorting, and arming, re-arming and disarming cost the same however many there are. */
struct timer {
    struct list node;
    uint64_t due; /* clock_ms() */
};

struct timer_queue {
    struct list timers;
    struct list node; /* in the loop */
    uint32_t ms;
    void (*on_due)(struct timer_queue *q, struct timer *t); /* t is disarmed already */
};

/* Something to run on the loop soon: after the events of this batch (loop_turn); behind those of this or a
 * later batch, at most one a batch (loop_again); or, sent from any thread, behind the turns, a few a batch
 * (loop_post). */
struct task {
    struct list node;
    void (*run)(struct task *t);
};

/* Fairness: `turns` and `again` get equal shares of the loop's time while both have work. A batch with at
 * least LOOP_RUSH turns defers `again` until LOOP_OWED_NS are owed to it, so a burst of short requests is
 * served before a download; from then on each batch pays back what it took. A debt above twice that is
 * dropped: it comes from a pause of the machine, not from a turn. */
#define LOOP_RUSH 4
#define LOOP_OWED_NS (500 * 1000)

/* Of what other threads have sent (loop_post), so much is taken in a batch. */
#define LOOP_POSTS 4

struct loop {
    int epoll;
    int wake;    /* readable: loop_post() was called */
    int wake_to; /* where that is written: the same eventfd, or a pipe's other end */
    bool stop;
    uint64_t now;            /* clock_ms() when this batch began */
    uint64_t began;          /* the same by `clock`: ns */
    uint64_t (*clock)(void); /* clock_ns(), or a test's own */
    struct list queues;
    struct list turns, again, arrived; /* only touched by the loop's own thread */
    uint64_t owed;                     /* to `again`: ns that `turns` took while it waited */
    unsigned awaited;                  /* jobs at workers: with them it never sleeps for long */
    struct watch waker;
    pthread_mutex_t lock;
    struct list posted; /* under `lock` */
    atomic_bool has_posted;
    atomic_uint posting; /* threads inside loop_post() */
    /* Called once after each batch, when no event of it is left: the one place where watches may be freed. */
    void (*after_batch)(struct loop *l);
};

/* 0 or a negative errno. */
int loop_init(struct loop *l);
void loop_free(struct loop *l);

/* Until loop_stop(), which is called from an event, a timer or a task of this loop. */
void loop_run(struct loop *l);
/* One batch: n events, then turns, what was posted, timers, and what ends with it. loop_run() does it by
 * itself; this is for whoever brings events and a clock of its own, so that a test decides what happens when.
 */
void loop_batch(struct loop *l, uint64_t now, const struct epoll_event *events, int n);
void loop_stop(struct loop *l);

/* `events` as epoll has them. 0 or a negative errno. The loop does not own fd; closing fd ends the watch. */
int loop_watch(struct loop *l, int fd, uint32_t events, struct watch *w);
int loop_rewatch(struct loop *l, int fd, uint32_t events, struct watch *w);
void loop_unwatch(struct loop *l, int fd);

void loop_add_queue(struct loop *l, struct timer_queue *q, uint32_t ms,
                    void (*on_due)(struct timer_queue *q, struct timer *t));
void timer_init(struct timer *t);
bool timer_armed(const struct timer *t);
/* From now on, also when it was armed already, in this queue or another. */
void timer_arm(struct loop *l, struct timer_queue *q, struct timer *t);
void timer_disarm(struct timer *t);

/* t must not be queued already (its node is in no list: task_init()). */
void task_init(struct task *t, void (*run)(struct task *t));
void loop_turn(struct loop *l, struct task *t);
void loop_again(struct loop *l, struct task *t);
/* `again` was deferred for as long as it may be, and is being paid back. */
static inline bool loop_owes(const struct loop *l)
{
    return l->owed >= LOOP_OWED_NS;
}
void loop_post(struct loop *l, struct task *t);
/* Runs what was posted. The loop does it by itself; this is for after its end. */
void loop_run_posted(struct loop *l);
