/* The loop: readiness, timers in order, turns, and tasks from other threads. */
#include "base/clock.h"
#include "io/loop.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* The test's own loop, and a trace of what happened, one letter an event. */
static struct loop loop;
static char trace[64];

static void note(char what)
{
    size_t n = strlen(trace);
    assert_true(n + 1 < sizeof trace);
    trace[n] = what;
}

static int set_up(void **state)
{
    (void)state;
    memset(trace, 0, sizeof trace);
    return loop_init(&loop);
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(&loop);
    return 0;
}

struct named_timer {
    char name;
    struct timer timer;
};

static void on_due(struct timer_queue *q, struct timer *t)
{
    (void)q;
    assert_false(timer_armed(t));
    assert_true(clock_ms() >= t->due);
    char name = container_of(t, struct named_timer, timer)->name;
    note(name);
    if (name == 'z')
        loop_stop(&loop);
}

static void timers_fire_in_order_and_only_while_armed(void **state)
{
    struct timer_queue quick, slow;
    struct named_timer a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'},
                       z = {.name = 'z'};
    struct named_timer *const all[] = {&a, &b, &c, &d, &z};
    (void)state;
    loop_add_queue(&loop, &quick, 5, on_due);
    loop_add_queue(&loop, &slow, 30, on_due);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        timer_init(&all[i]->timer);
    timer_arm(&loop, &slow, &z.timer);
    timer_arm(&loop, &quick, &a.timer);
    timer_arm(&loop, &quick, &b.timer);
    timer_arm(&loop, &quick, &c.timer);
    timer_arm(&loop, &quick, &d.timer);
    timer_disarm(&c.timer);
    timer_disarm(&c.timer);             /* no effect */
    timer_arm(&loop, &quick, &a.timer); /* again: now it is after the others */
    assert_true(timer_armed(&a.timer));
    assert_false(timer_armed(&c.timer));
    loop_run(&loop);
    assert_string_equal(trace, "bdaz");
}

static void a_timer_moves_between_queues(void **state)
{
    struct timer_queue quick, slow;
    struct named_timer a = {.name = 'a'}, z = {.name = 'z'};
    (void)state;
    loop_add_queue(&loop, &quick, 0, on_due);
    loop_add_queue(&loop, &slow, 10, on_due);
    timer_init(&a.timer);
    timer_init(&z.timer);
    timer_arm(&loop, &quick, &z.timer);
    timer_arm(&loop, &slow, &z.timer);
    timer_arm(&loop, &quick, &a.timer);
    loop_run(&loop);
    assert_string_equal(trace, "az");
}

static struct task turn;
static int turns_left;

static void take_turn(struct task *t)
{
    note('t');
    if (--turns_left > 0)
        loop_again(&loop, t);
    else
        loop_stop(&loop);
}

static void count_batch(struct loop *l)
{
    (void)l;
    note('|');
}

static void a_turn_asked_for_in_a_turn_waits_for_the_next_batch(void **state)
{
    (void)state;
    turns_left = 3;
    loop.after_batch = count_batch;
    task_init(&turn, take_turn);
    loop_again(&loop, &turn);
    loop_run(&loop);
    assert_string_equal(trace, "t|t|t|");
}

static struct task first, second;

static void note_first(struct task *t)
{
    note('1');
    if (t == &first && turns_left-- > 0)
        loop_again(&loop, t);
    else
        loop_stop(&loop);
}

static void note_second(struct task *t)
{
    (void)t;
    note('2');
}

/* The long task was queued earlier, and runs later. */
static void who_has_just_come_is_served_first(void **state)
{
    (void)state;
    turns_left = 1;
    loop.after_batch = count_batch;
    task_init(&first, note_first);
    task_init(&second, note_second);
    loop_again(&loop, &first);
    loop_turn(&loop, &second);
    loop_run(&loop);
    assert_string_equal(trace, "21|1|");
}

/* The clock of the tests below: it moves only while a turn is taken. */
static uint64_t now_ns;

static uint64_t test_clock(void)
{
    return now_ns;
}

/* A turn that takes as long as the test says. A long one asks again until it is told to stop. */
struct lasting {
    struct task task;
    uint64_t ns;
    uint64_t taken; /* in all */
    bool again;
};

static void last(struct task *t)
{
    struct lasting *l = container_of(t, struct lasting, task);
    now_ns += l->ns;
    l->taken += l->ns;
    if (l->again)
        loop_again(&loop, t);
}

static struct lasting crowd[128];

static void long_turn(struct lasting *l, uint64_t ns)
{
    *l = (struct lasting){.ns = ns};
    task_init(&l->task, last);
    loop_again(&loop, &l->task);
}

/* A batch of n short turns of `ns` each. */
static void batch(int n, uint64_t ns)
{
    loop.clock = test_clock;
    for (int i = 0; i < n; i++) {
        crowd[i].ns = ns;
        task_init(&crowd[i].task, last);
        loop_turn(&loop, &crowd[i].task);
    }
    loop_batch(&loop, 0, NULL, 0);
    assert_true(list_empty(&loop.turns));
}

/* How many ns of short turns pass it, in batches of n that take `ns` each. */
static uint64_t passes(const struct lasting *l, int n, uint64_t ns)
{
    uint64_t passed = 0;
    while (l->taken == 0) {
        batch(n, ns);
        passed += ns * (uint64_t)n;
        assert_true(passed < 1000000000);
    }
    return passed;
}

static void a_long_turn_is_put_off_by_time(void **state)
{
    static const struct {
        int n;
        uint64_t ns;
    } rushes[] = {{LOOP_RUSH, 3000}, {LOOP_RUSH, 40000}, {32, 3000}, {32, 7000}};
    (void)state;
    for (size_t i = 0; i < sizeof rushes / sizeof *rushes; i++) {
        struct lasting slow;
        batch(rushes[i].n, rushes[i].ns); /* Nothing is deferred: this does not count. */
        long_turn(&slow, 20000);
        uint64_t one = (uint64_t)rushes[i].n * rushes[i].ns;
        assert_in_range(passes(&slow, rushes[i].n, rushes[i].ns), LOOP_OWED_NS, LOOP_OWED_NS + one - 1);
    }
}

static void a_few_short_turns_put_off_nothing(void **state)
{
    struct lasting slow;
    (void)state;
    for (int n = 0; n < LOOP_RUSH; n++) {
        long_turn(&slow, 20000);
        assert_int_equal(passes(&slow, n, 5000), 5000 * n);
    }
}

/* A debt ends with those who waited: it is not passed on to the next. */
static void who_waits_no_more_is_owed_nothing(void **state)
{
    struct lasting slow;
    (void)state;
    long_turn(&slow, 20000);
    for (int i = 0; i < 4; i++)
        batch(10, LOOP_OWED_NS / 50);
    assert_int_equal(slow.taken, 0);
    list_remove(&slow.task.node);
    batch(0, 0);
    long_turn(&slow, 20000);
    assert_int_equal(passes(&slow, 10, LOOP_OWED_NS / 50), LOOP_OWED_NS);
}

/* However long a turn of either takes, and however many come at once. */
static void both_classes_have_the_same_share(void **state)
{
    static const struct {
        int n;
        uint64_t ns, long_ns;
    } loads[] = {
        {32, 5000, 20000}, {32, 5000, 150000}, {32, 12000, 20000}, {LOOP_RUSH, 4000, 30000}, {8, 3000, 2000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct lasting slow[2];
        uint64_t begun = now_ns, one = (uint64_t)loads[i].n * loads[i].ns;
        for (int k = 0; k < 2; k++) {
            long_turn(&slow[k], loads[i].long_ns);
            slow[k].again = true;
        }
        for (int k = 0; k < 10000; k++)
            batch(loads[i].n, loads[i].ns);
        uint64_t all = now_ns - begun, theirs = slow[0].taken + slow[1].taken;
        assert_in_range(theirs, all / 2 - LOOP_OWED_NS - one, all / 2 + loads[i].long_ns);
        assert_in_range(slow[0].taken, theirs / 2 - loads[i].long_ns, theirs / 2 + loads[i].long_ns);
        for (int k = 0; k < 2; k++)
            list_remove(&slow[k].task.node);
        batch(0, 0);
    }
}

/* Whoever is in a batch that takes long waits for no more than one payment until the next. */
static void a_payment_is_bounded(void **state)
{
    struct lasting slow;
    (void)state;
    long_turn(&slow, 20000);
    slow.again = true;
    for (int k = 0; k < 100; k++) {
        uint64_t before = slow.taken;
        batch(128, 20000);
        assert_in_range(slow.taken - before, LOOP_OWED_NS, LOOP_OWED_NS + slow.ns);
    }
    list_remove(&slow.task.node);
}

/* If the machine stood still during a short turn, nobody waits that long again. */
static void a_pause_of_the_machine_is_nobodys_debt(void **state)
{
    struct lasting slow;
    (void)state;
    long_turn(&slow, 20000);
    slow.again = true;
    batch(LOOP_RUSH, 1000000000);
    assert_in_range(slow.taken, LOOP_OWED_NS, LOOP_OWED_NS + 20000);
    slow.ns = 0; /* With a clock that stands still it ends, too. */
    batch(LOOP_RUSH, 1000000000);
    list_remove(&slow.task.node);
}

static bool was_owed;

static void ask_whether_owed(struct task *t)
{
    (void)t;
    was_owed = loop_owes(&loop);
}

/* It may then be longer. */
static void a_long_turn_is_told_that_it_is_owed(void **state)
{
    (void)state;
    task_init(&second, ask_whether_owed);
    loop_again(&loop, &second);
    batch(LOOP_RUSH - 1, 5000);
    assert_false(was_owed);
    loop_again(&loop, &second);
    batch(LOOP_RUSH, LOOP_OWED_NS / LOOP_RUSH);
    assert_true(was_owed);
}

static void note_post(struct task *t)
{
    (void)t;
    note('p');
}

static void note_last_post(struct task *t)
{
    note_post(t);
    loop_stop(&loop);
}

static void posts_come_behind_turns_and_a_few_in_a_batch(void **state)
{
    struct task sent[2 * LOOP_POSTS + 1];
    size_t n = sizeof sent / sizeof *sent;
    char expected[64] = "2";
    (void)state;
    loop.after_batch = count_batch;
    for (size_t i = 0; i < n; i++) {
        task_init(&sent[i], i + 1 < n ? note_post : note_last_post);
        loop_post(&loop, &sent[i]);
        strcat(expected, (i + 1) % LOOP_POSTS == 0 || i + 1 == n ? "p|" : "p");
    }
    task_init(&second, note_second);
    loop_turn(&loop, &second);
    loop_run(&loop);
    assert_string_equal(trace, expected);
}

static void what_is_posted_to_a_loop_that_has_ended_is_run_with_what_was_left(void **state)
{
    struct task sent[LOOP_POSTS + 2];
    (void)state;
    for (int i = 0; i < LOOP_POSTS + 2; i++)
        task_init(&sent[i], i == 0 ? note_last_post : note_post);
    for (int i = 0; i < LOOP_POSTS + 1; i++)
        loop_post(&loop, &sent[i]);
    loop_run(&loop);
    assert_int_equal(strlen(trace), LOOP_POSTS);
    loop_post(&loop, &sent[LOOP_POSTS + 1]);
    loop_run_posted(&loop);
    assert_int_equal(strlen(trace), LOOP_POSTS + 2);
}

enum { POSTERS = 4, POSTS = 250 };

struct post {
    struct task task;
    int from, number;
};

static struct post posts[POSTERS][POSTS];
static int arrived[POSTERS];

static void on_arrival(struct task *t)
{
    struct post *p = container_of(t, struct post, task);
    assert_int_equal(p->number, arrived[p->from]++); /* what one thread sends stays in order */
    int sum = 0;
    for (int i = 0; i < POSTERS; i++)
        sum += arrived[i];
    if (sum == POSTERS * POSTS)
        loop_stop(&loop);
}

static void *send_posts(void *arg)
{
    struct post *mine = arg;
    for (int i = 0; i < POSTS; i++)
        loop_post(&loop, &mine[i].task);
    return NULL;
}

/* A failed wake-up delays nothing that is awaited. */
static void what_is_posted_arrives_though_the_wake_up_fails(void **state)
{
    struct task task;
    (void)state;
    int to = loop.wake_to;
    loop.wake_to = open("/dev/null", O_RDONLY | O_CLOEXEC);
    loop.awaited = 1;
    task_init(&task, note_last_post);
    loop_post(&loop, &task);
    loop_run(&loop);
    close(loop.wake_to);
    loop.wake_to = to;
}

static void *post_one(void *task)
{
    loop_post(&loop, task);
    return NULL;
}

static void spin(struct task *t)
{
    loop_again(&loop, t);
}

/* A loop that never sleeps runs the task before its wake-up is written; ThreadSanitizer sees a write that
 * comes after the close. */
static void a_loop_may_be_freed_once_the_task_was_run(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct task busy, last;
        pthread_t thread;
        memset(trace, 0, sizeof trace);
        assert_int_equal(loop_init(&loop), 0);
        task_init(&busy, spin);
        task_init(&last, note_last_post);
        loop_again(&loop, &busy);
        assert_int_equal(pthread_create(&thread, NULL, post_one, &last), 0);
        loop_run(&loop);
        loop_free(&loop);
        pthread_join(thread, NULL);
    }
}

static void every_post_of_every_thread_arrives(void **state)
{
    pthread_t threads[POSTERS];
    (void)state;
    memset(arrived, 0, sizeof arrived);
    for (int i = 0; i < POSTERS; i++) {
        for (int j = 0; j < POSTS; j++) {
            posts[i][j] = (struct post){.from = i, .number = j};
            task_init(&posts[i][j].task, on_arrival);
        }
        assert_int_equal(pthread_create(&threads[i], NULL, send_posts, posts[i]), 0);
    }
    loop_run(&loop);
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(arrived[0] + arrived[1] + arrived[2] + arrived[3], POSTERS * POSTS);
}

struct reader {
    struct watch watch;
    int fd;
};

static void on_readable(struct watch *w, uint32_t events)
{
    struct reader *r = container_of(w, struct reader, watch);
    char c;
    if (!(events & EPOLLIN)) { /* the other end is closed and all is read */
        assert_true(events & EPOLLHUP);
        loop_unwatch(&loop, r->fd);
        loop_stop(&loop);
        return;
    }
    assert_int_equal(read(r->fd, &c, 1), 1);
    note(c);
}

static void tells_of_readiness(void **state)
{
    int pipes[2];
    struct reader r = {.watch.on_ready = on_readable};
    (void)state;
    assert_int_equal(pipe(pipes), 0);
    r.fd = pipes[0];
    assert_int_equal(loop_watch(&loop, r.fd, EPOLLIN, &r.watch), 0);
    assert_int_equal(write(pipes[1], "hey", 3), 3);
    close(pipes[1]);
    loop_run(&loop);
    assert_string_equal(trace, "hey");
    close(pipes[0]);
    assert_true(loop_watch(&loop, pipes[0], EPOLLIN, &r.watch) < 0);
}

struct guest {
    struct watch watch;
    struct task turn;
    char name;
    int pipe[2];
};

static struct guest guests[3];

static void answer_guest(struct task *t)
{
    struct guest *g = container_of(t, struct guest, turn);
    note((char)(g->name + 'A' - 'a'));
    if (g == &guests[2])
        loop_stop(&loop);
}

static void receive_guest(struct watch *w, uint32_t events)
{
    struct guest *g = container_of(w, struct guest, watch);
    (void)events;
    assert_int_equal(read(g->pipe[0], &g->name, 1), 1);
    note(g->name);
    loop_turn(&loop, &g->turn);
    if (g == &guests[1])
        assert_int_equal(write(guests[2].pipe[1], "c", 1), 1);
}

static void who_comes_while_others_are_received_is_answered_with_them(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct guest *g = &guests[i];
        g->watch.on_ready = receive_guest;
        task_init(&g->turn, answer_guest);
        assert_int_equal(pipe(g->pipe), 0);
        assert_int_equal(loop_watch(&loop, g->pipe[0], EPOLLIN, &g->watch), 0);
    }
    assert_int_equal(write(guests[0].pipe[1], "a", 1), 1);
    assert_int_equal(write(guests[1].pipe[1], "b", 1), 1);
    loop_run(&loop);
    assert_string_equal(trace, "abcABC");
    for (int i = 0; i < 3; i++) {
        close(guests[i].pipe[0]);
        close(guests[i].pipe[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_fire_in_order_and_only_while_armed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_moves_between_queues, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_asked_for_in_a_turn_waits_for_the_next_batch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_has_just_come_is_served_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_turn_is_put_off_by_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_few_short_turns_put_off_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_no_more_is_owed_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_classes_have_the_same_share, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_payment_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pause_of_the_machine_is_nobodys_debt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_turn_is_told_that_it_is_owed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(posts_come_behind_turns_and_a_few_in_a_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_posted_to_a_loop_that_has_ended_is_run_with_what_was_left,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_posted_arrives_though_the_wake_up_fails, set_up, tear_down),
        cmocka_unit_test(a_loop_may_be_freed_once_the_task_was_run),
        cmocka_unit_test_setup_teardown(every_post_of_every_thread_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_readiness, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_comes_while_others_are_received_is_answered_with_them, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
