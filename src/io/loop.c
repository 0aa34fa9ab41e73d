/* One event loop: readiness (epoll), timers, turns, and results from other threads. */
#include "io/loop.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Events taken in one call: few enough that `now` stays true within the batch. Enough for all who usually ask
 * at the same time, because what is owed to long turns is paid after each batch: with 32, each of 64 clients
 * waited for two or three payments. */
#define BATCH 128

/* While a result of another thread is awaited, it is also looked for at this interval, so that a lost
 * wake-up costs no more. And a wake-up that fails is repeated. */
#define AWAIT_MS 1000
#define WAKE_TRIES 10

static void run_first(struct list *tasks)
{
    struct task *t = container_of(tasks->next, struct task, node);
    list_remove(&t->node);
    t->run(t);
}

/* Returns how many tasks there were. */
static unsigned run_all(struct list *tasks)
{
    unsigned n = 0;
    for (; !list_empty(tasks); n++)
        run_first(tasks);
    return n;
}

static void take_posted(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    atomic_store_explicit(&l->has_posted, false, memory_order_relaxed);
    list_move_all(&l->arrived, &l->posted);
    pthread_mutex_unlock(&l->lock);
}

void loop_run_posted(struct loop *l)
{
    take_posted(l);
    run_all(&l->arrived);
}

static void on_wake(struct watch *w, uint32_t events)
{
    struct loop *l = container_of(w, struct loop, waker);
    uint64_t count;
    (void)events;
    ssize_t ignored = read(l->wake, &count, sizeof count);
    (void)ignored;
}

/* A pipe is used if a sandbox has no eventfd. */
static bool open_wake(struct loop *l)
{
    int both[2];
    l->wake = l->wake_to = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake >= 0)
        return true;
    if (pipe2(both, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    l->wake = both[0];
    l->wake_to = both[1];
    return true;
}

static uint64_t real_clock(void)
{
    return clock_ns();
}

int loop_init(struct loop *l)
{
    *l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC),
                       .clock = real_clock,
                       .wake = -1,
                       .wake_to = -1,
                       .waker.on_ready = on_wake};
    list_init(&l->queues);
    list_init(&l->turns);
    list_init(&l->again);
    list_init(&l->arrived);
    list_init(&l->posted);
    pthread_mutex_init(&l->lock, NULL);
    l->now = clock_ms();
    if (l->epoll < 0)
        return -errno;
    if (!open_wake(l))
        return -errno;
    return loop_watch(l, l->wake, EPOLLIN, &l->waker);
}

/* A thread whose task was already run may still be about to write the wake-up. */
static void wait_for_posters(struct loop *l)
{
    while (atomic_load_explicit(&l->posting, memory_order_acquire) > 0)
        sched_yield();
}

void loop_free(struct loop *l)
{
    wait_for_posters(l);
    if (l->wake_to != l->wake)
        close(l->wake_to);
    if (l->wake >= 0)
        close(l->wake);
    if (l->epoll >= 0)
        close(l->epoll);
    pthread_mutex_destroy(&l->lock);
}

static int control(struct loop *l, int op, int fd, uint32_t events, struct watch *w)
{
    struct epoll_event e = {.events = events, .data.ptr = w};
    return epoll_ctl(l->epoll, op, fd, &e) == 0 ? 0 : -errno;
}

int loop_watch(struct loop *l, int fd, uint32_t events, struct watch *w)
{
    return control(l, EPOLL_CTL_ADD, fd, events, w);
}

int loop_rewatch(struct loop *l, int fd, uint32_t events, struct watch *w)
{
    return control(l, EPOLL_CTL_MOD, fd, events, w);
}

void loop_unwatch(struct loop *l, int fd)
{
    control(l, EPOLL_CTL_DEL, fd, 0, NULL);
}

/* How long epoll may sleep: until the first timer of any queue, or -1 without one. */
static int sleep_ms(const struct loop *l)
{
    uint64_t first = UINT64_MAX;
    if (!list_empty(&l->again) || !list_empty(&l->turns) || !list_empty(&l->arrived))
        return 0;
    for (const struct list *n = l->queues.next; n != &l->queues; n = n->next) {
        const struct timer_queue *q = container_of(n, struct timer_queue, node);
        if (list_empty(&q->timers))
            continue;
        const struct timer *t = container_of(q->timers.next, struct timer, node);
        if (t->due < first)
            first = t->due;
    }
    uint64_t now = clock_ms();
    if (l->awaited > 0 && first > now + AWAIT_MS)
        return AWAIT_MS;
    if (first == UINT64_MAX)
        return -1;
    return first > now ? (int)(first - now) : 0;
}

static void run_due_timers(struct loop *l)
{
    for (struct list *n = l->queues.next; n != &l->queues; n = n->next) {
        struct timer_queue *q = container_of(n, struct timer_queue, node);
        while (!list_empty(&q->timers)) {
            struct timer *t = container_of(q->timers.next, struct timer, node);
            if (t->due > l->now)
                break;
            list_remove(&t->node);
            q->on_due(q, t);
        }
    }
}

/* After the turns of clients that did not wait for a disk, and a few in a batch: when sixteen disk reads
 * finished at once, sending them took 100 us, and their clients' next requests as long again. */
static void run_arrived(struct loop *l)
{
    for (int i = 0; i < LOOP_POSTS && !list_empty(&l->arrived); i++)
        run_first(&l->arrived);
}

/* The least that a long turn counts, because a clock may stand still. */
#define PAID_NS 1000

/* Runs the first task in `again`; returns when it ended. */
static uint64_t pay(struct loop *l, uint64_t now)
{
    run_first(&l->again);
    uint64_t end = l->clock(), took = end - now > PAID_NS ? end - now : PAID_NS;
    l->owed -= took < l->owed ? took : l->owed;
    return end;
}

/* First the short turns of this batch. Then those in `again`, if one of them was queued before the batch:
 * none in a rush, one after a few short turns, more to pay a debt (see loop.h). */
static void run_turns(struct loop *l)
{
    bool waiting = !list_empty(&l->again);
    unsigned n = run_all(&l->turns);
    if (!waiting || list_empty(&l->again)) {
        l->owed = 0;
        return;
    }
    uint64_t now = l->clock();
    if (n > 0)
        l->owed += now - l->began;
    if (l->owed > 2 * LOOP_OWED_NS)
        l->owed = 2 * LOOP_OWED_NS;
    if (n >= LOOP_RUSH && !loop_owes(l))
        return;
    now = pay(l, now);
    while (loop_owes(l) && !list_empty(&l->again))
        now = pay(l, now);
}

static void take(const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        struct watch *w = events[i].data.ptr;
        w->on_ready(w, events[i].events);
    }
}

static void end_batch(struct loop *l)
{
    if (atomic_load_explicit(&l->has_posted, memory_order_relaxed))
        take_posted(l);
    run_turns(l);
    run_arrived(l);
    run_due_timers(l);
    if (l->after_batch)
        l->after_batch(l);
}

void loop_batch(struct loop *l, uint64_t now, const struct epoll_event *events, int n)
{
    l->now = now;
    l->began = l->clock();
    take(events, n);
    end_batch(l);
}

/* Clients that came while others of the batch were received are received, too, so that they need not wait
 * for all of its answers. A batch of one is too quick for that, and the batch stays one. */
void loop_run(struct loop *l)
{
    struct epoll_event events[BATCH];
    while (!l->stop) {
        int n = epoll_wait(l->epoll, events, BATCH, sleep_ms(l));
        l->began = l->clock();
        l->now = l->began / 1000000;
        take(events, n);
        if (n > 1 && n < BATCH)
            take(events, epoll_wait(l->epoll, events, BATCH - n, 0));
        end_batch(l);
    }
}

void loop_stop(struct loop *l)
{
    l->stop = true;
}

void loop_add_queue(struct loop *l, struct timer_queue *q, uint32_t ms,
                    void (*on_due)(struct timer_queue *q, struct timer *t))
{
    q->ms = ms;
    q->on_due = on_due;
    list_init(&q->timers);
    list_append(&l->queues, &q->node);
}

void timer_init(struct timer *t)
{
    list_init(&t->node);
}

bool timer_armed(const struct timer *t)
{
    return !list_empty(&t->node);
}

void timer_arm(struct loop *l, struct timer_queue *q, struct timer *t)
{
    list_remove(&t->node);
    t->due = l->now + q->ms;
    list_append(&q->timers, &t->node);
}

void timer_disarm(struct timer *t)
{
    list_remove(&t->node);
}

void task_init(struct task *t, void (*run)(struct task *t))
{
    list_init(&t->node);
    t->run = run;
}

void loop_turn(struct loop *l, struct task *t)
{
    list_append(&l->turns, &t->node);
}

void loop_again(struct loop *l, struct task *t)
{
    list_append(&l->again, &t->node);
}

void loop_post(struct loop *l, struct task *t)
{
    atomic_fetch_add_explicit(&l->posting, 1, memory_order_relaxed);
    pthread_mutex_lock(&l->lock);
    list_append(&l->posted, &t->node);
    atomic_store_explicit(&l->has_posted, true, memory_order_relaxed);
    pthread_mutex_unlock(&l->lock);
    uint64_t one = 1;
    for (int i = 0; i < WAKE_TRIES; i++)
        if (write(l->wake_to, &one, sizeof one) >= 0 || errno == EAGAIN) /* full: the loop wakes anyway */
            break;
    atomic_fetch_sub_explicit(&l->posting, 1, memory_order_release);
}
