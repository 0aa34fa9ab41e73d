/* One event loop: readiness (epoll), timers, turns, and results from other threads. */
#pragma once

#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* Called when a descriptor is ready. Embedded in the struct that owns the descriptor, which must not be
 * freed during an event: later events of the same batch may point to it (see loop.after_batch). */
struct watch {
    void (*on_ready)(struct watch *w, uint32_t events);
};

/* A timer is in the queue of all timers of the same duration, which is therefore sorted by itself: arming,
 * re-arming and disarming cost the same for any number of timers. */
struct timer {
    struct list node;
    uint64_t due; /* clock_ms() */
};

struct timer_queue {
    struct list timers;
    struct list node; /* in the loop */
    uint32_t ms;
    void (*on_due)(struct timer_queue *q, struct timer *t); /* t is already disarmed */
};

/* A task to run on the loop soon: after the events of this batch (loop_turn); after the turns of this or a
 * later batch, at most one a batch (loop_again); or, sent from any thread, after the turns, a few a batch
 * (loop_post). */
struct task {
    struct list node;
    void (*run)(struct task *t);
};

/* Fairness: `turns` and `again` get equal shares of the loop's time while both have work. A batch with at
 * least LOOP_RUSH turns defers `again` until LOOP_OWED_NS are owed to it, so a burst of short requests is
 * served before a download; from then on each batch pays back what it took. A debt above twice that is
 * dropped, so that nobody waits for a payment of more than LOOP_OWED_NS: not if a batch took longer, nor if
 * the machine paused. */
#define LOOP_RUSH 4
#define LOOP_OWED_NS (500 * 1000)

/* How many tasks from other threads (loop_post) are taken in a batch. */
#define LOOP_POSTS 4

struct loop {
    int epoll;
    int wake;    /* readable after loop_post() */
    int wake_to; /* where that is written: the same eventfd, or the other end of a pipe */
    bool stop;
    uint64_t now;            /* clock_ms() when this batch began */
    uint64_t began;          /* the same in ns, by `clock` */
    uint64_t (*clock)(void); /* clock_ns(), or a test's own */
    struct list queues;
    struct list turns, again, arrived; /* only used by the loop's own thread */
    uint64_t owed;                     /* to `again`: ns that `turns` took while it waited */
    unsigned awaited;                  /* jobs at workers: with any, the loop never sleeps for long */
    struct watch waker;
    pthread_mutex_t lock;
    struct list posted; /* protected by `lock` */
    atomic_bool has_posted;
    atomic_uint posting; /* threads inside loop_post() */
    /* Called once after each batch, when no event is left: the only place where watches may be freed. */
    void (*after_batch)(struct loop *l);
};

/* Returns 0 or a negative errno. */
int loop_init(struct loop *l);
void loop_free(struct loop *l);

/* Runs until loop_stop(), which is called from an event, a timer or a task of this loop. */
void loop_run(struct loop *l);
/* Runs one batch: n events, then turns, posted tasks, timers, and the end of the batch. loop_run() calls
 * it; tests call it with events and a clock of their own, to decide what happens when. */
void loop_batch(struct loop *l, uint64_t now, const struct epoll_event *events, int n);
void loop_stop(struct loop *l);

/* `events` as in epoll. Returns 0 or a negative errno. The loop does not own fd; closing fd ends the
 * watch. */
int loop_watch(struct loop *l, int fd, uint32_t events, struct watch *w);
int loop_rewatch(struct loop *l, int fd, uint32_t events, struct watch *w);
void loop_unwatch(struct loop *l, int fd);

void loop_add_queue(struct loop *l, struct timer_queue *q, uint32_t ms,
                    void (*on_due)(struct timer_queue *q, struct timer *t));
void timer_init(struct timer *t);
bool timer_armed(const struct timer *t);
/* From now on, even if it was armed already, in this queue or another. */
void timer_arm(struct loop *l, struct timer_queue *q, struct timer *t);
void timer_disarm(struct timer *t);

/* t must not be queued already (its node is in no list: task_init()). */
void task_init(struct task *t, void (*run)(struct task *t));
void loop_turn(struct loop *l, struct task *t);
void loop_again(struct loop *l, struct task *t);
/* `again` was deferred for as long as allowed, and is being paid back. */
static inline bool loop_owes(const struct loop *l)
{
    return l->owed >= LOOP_OWED_NS;
}
void loop_post(struct loop *l, struct task *t);
/* Runs posted tasks. The loop does that by itself; call this after its end. */
void loop_run_posted(struct loop *l);
