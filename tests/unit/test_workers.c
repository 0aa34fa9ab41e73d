/* Workers: jobs run on threads, at most so many at a time, and return to their loop. */
#include "io/workers.h"
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS = 200, THREADS = 4, IDLE_MS = 10000 };

struct work {
    struct job job;
    pthread_t ran_on;
    bool ran;
};

static struct loop loop;
static pthread_t home;
static struct work works[JOBS];
static int done_count, expected;
static atomic_int running, most;
static pthread_barrier_t together;

static void on_done(struct job *j)
{
    struct work *w = container_of(j, struct work, job);
    assert_true(pthread_equal(pthread_self(), home));
    assert_true(w->ran);
    assert_false(pthread_equal(w->ran_on, home));
    if (++done_count == expected)
        loop_stop(&loop);
}

static void run_counting(struct job *j)
{
    struct work *w = container_of(j, struct work, job);
    int now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);
    while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
        ;
    w->ran_on = pthread_self();
    w->ran = true;
    atomic_fetch_sub(&running, 1);
}

static void run_together(struct job *j)
{
    run_counting(j);
    pthread_barrier_wait(&together); /* returns only when all THREADS are here at the same time */
}

static void run_in(struct workers *pool, int n, void (*run)(struct job *j), void (*done)(struct job *j))
{
    assert_int_equal(loop_init(&loop), 0);
    home = pthread_self();
    done_count = 0;
    expected = n;
    atomic_store(&most, 0);
    memset(works, 0, sizeof works);
    for (int i = 0; i < n; i++) {
        works[i].job = (struct job){.run = run, .done = done, .home = &loop};
        task_init(&works[i].job.task, NULL);
        workers_submit(pool, &works[i].job);
    }
    loop_run(&loop);
    loop_free(&loop);
    assert_int_equal(done_count, n);
}

static void run_jobs(unsigned threads, int n, void (*run)(struct job *j), void (*done)(struct job *j))
{
    struct workers *pool = workers_new(threads, IDLE_MS);
    assert_non_null(pool);
    run_in(pool, n, run, done);
    assert_true(workers_free(pool, 60000));
}

static void every_job_comes_home(void **state)
{
    (void)state;
    run_jobs(THREADS, JOBS, run_counting, on_done);
    assert_in_range(atomic_load(&most), 1, THREADS);
}

static void one_thread_runs_one_at_a_time(void **state)
{
    (void)state;
    run_jobs(1, JOBS, run_counting, on_done);
    assert_int_equal(atomic_load(&most), 1);
}

/* A blocked job must not delay another one while a thread can still be started. */
static void as_many_run_at_once_as_there_may_be_threads(void **state)
{
    (void)state;
    pthread_barrier_init(&together, NULL, THREADS);
    run_jobs(THREADS, 3 * THREADS, run_together, on_done);
    pthread_barrier_destroy(&together);
}

static int threads_of_this_process(void)
{
    int threads = -1;
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        sscanf(line, "Threads: %d", &threads);
    fclose(f);
    return threads;
}

/* Before the first test: a sanitizer may have its own threads. */
static int threads_at_first;

static int count_threads(void **state)
{
    (void)state;
    threads_at_first = threads_of_this_process();
#ifdef __SANITIZE_THREAD__
    threads_at_first++; /* ThreadSanitizer starts its own with our first thread. */
#endif
    return 0;
}

/* When a pool is freed, its threads may not have ended yet. */
static void wait_until_all_have_ended(void)
{
    while (threads_of_this_process() > threads_at_first)
        sched_yield();
}

static void all_end_when_there_is_nothing_to_do_and_come_back(void **state)
{
    (void)state;
    wait_until_all_have_ended(); /* of earlier tests */
    struct workers *pool = workers_new(THREADS, 1);
    assert_int_equal(threads_of_this_process(), threads_at_first);
    for (int i = 0; i < 3; i++) {
        run_in(pool, JOBS, run_counting, on_done);
        wait_until_all_have_ended();
    }
    assert_true(workers_free(pool, 60000));
}

static void on_done_at_home(struct job *j)
{
    struct work *w = container_of(j, struct work, job);
    assert_true(w->ran);
    assert_true(pthread_equal(w->ran_on, home));
    if (++done_count == expected)
        loop_stop(&loop);
}

/* In a process that can have no other thread: the user's only process, and without rights. */
static void jobs_are_done_where_there_is_no_thread(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
        /* In a user namespace without that user, root has no rights outside either. */
        if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0 && errno != EINVAL)
            _exit(2);
        run_jobs(THREADS, JOBS, run_counting, on_done_at_home);
        _exit(atomic_load(&most) == 1 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static struct workers *tended;

static void tend(struct loop *l)
{
    (void)l;
    workers_tend(tended);
}

static void limit_threads(bool some)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NPROC, &limit);
    limit.rlim_cur = some ? limit.rlim_max : 0;
    assert_int_equal(setrlimit(RLIMIT_NPROC, &limit), 0);
}

static void give_threads(struct timer_queue *q, struct timer *t)
{
    (void)q, (void)t;
    limit_threads(true);
}

/* A job that may never answer does not run on the loop, and runs once there is a thread. */
static int wait_for_a_thread(void)
{
    static struct timer_queue soon;
    static struct timer timer;
    limit_threads(false);
    if (getuid() == 0 && setresuid(65534, 65534, 65534) < 0 && errno != EINVAL)
        return 2;
    struct workers *pool = workers_new(THREADS, IDLE_MS);
    home = pthread_self();
    expected = 1;
    done_count = 0;
    loop_init(&loop);
    loop.after_batch = tend;
    loop_add_queue(&loop, &soon, 150, give_threads);
    timer_init(&timer);
    timer_arm(&loop, &soon, &timer);
    works[0] = (struct work){.job = {.run = run_counting, .done = on_done, .home = &loop, .lane = LANE_FAR}};
    tended = pool;
    if (workers_ready(pool))
        return 3;
    workers_submit(pool, &works[0].job);
    loop_run(&loop);
    return done_count == 1 ? 0 : 1;
}

static void a_job_for_which_there_was_no_thread_runs_once_there_is_one(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60); /* only for a hang */
        _exit(wait_for_a_thread());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Three clients with jobs in one lane, for a pool of one thread, which is held until all jobs wait. */
static pthread_barrier_t begin;
static char order[JOBS + 1];
static size_t ran;

static void run_and_tell(struct job *j)
{
    order[ran++] = j->part ? *(const char *)j->part : (char)('a' + j->client);
}

static void hold(struct job *j)
{
    (void)j;
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&begin);
}

static void count_done(struct job *j)
{
    (void)j;
    if (++done_count == expected)
        loop_stop(&loop);
}

static void submit(struct workers *pool, struct work *w, enum lane lane, uint32_t client, const void *part,
                   void (*run)(struct job *j))
{
    w->job = (struct job){
        .run = run, .done = count_done, .home = &loop, .lane = lane, .client = client, .part = part};
    task_init(&w->job.task, NULL);
    workers_submit(pool, &w->job);
}

/* `jobs`: a lane ('n'ear, 'w'alk), and the client ('a' to 'c') or a part of a's. */
static void check_order(const char *jobs, const char *cancelled, const char *right)
{
    struct workers *pool = workers_new(1, IDLE_MS);
    assert_int_equal(loop_init(&loop), 0);
    pthread_barrier_init(&begin, NULL, 2);
    memset(order, 0, sizeof order);
    ran = 0;
    done_count = 0;
    expected = 1 + (int)strlen(right);
    submit(pool, &works[0], LANE_NEAR, 0, NULL, hold);
    pthread_barrier_wait(&begin);
    int n = 1;
    static const char parts[] = "0123456789";
    for (const char *p = jobs; *p; p += 2) {
        bool is_part = p[1] <= '9';
        submit(pool, &works[n++], p[0] == 'n' ? LANE_NEAR : LANE_WALK, is_part ? 0 : (uint32_t)(p[1] - 'a'),
               is_part ? &parts[p[1] - '0'] : NULL, run_and_tell);
    }
    for (const char *p = cancelled; *p; p++)
        assert_true(workers_cancel(pool, &works[1 + *p - '0'].job));
    pthread_barrier_wait(&begin);
    loop_run(&loop);
    loop_free(&loop);
    assert_string_equal(order, right);
    assert_true(workers_free(pool, 60000));
    pthread_barrier_destroy(&begin);
}

static void clients_are_served_in_turn(void **state)
{
    (void)state;
    check_order("nananananbnbnc", "", "abcabaa");
    check_order("wawawawawbwbwc", "", "abcabaa");
    check_order("wawawawbnananb", "", "abaabaa"); /* walks come last */
}

static void what_is_taken_back_leaves_the_others_in_turn(void **state)
{
    (void)state;
    check_order("nanananbnc", "0", "abca");
    check_order("nanananbnc", "3", "acaa");
    check_order("nanbnc", "01", "c");
}

static void those_who_wait_for_the_same_have_one_place(void **state)
{
    (void)state;
    check_order("w1w1w1w1w2", "", "12111");
    check_order("w1w1w2w1w2wbwb", "", "1b2b121");
    check_order("w1w1w1w2", "0", "211"); /* the job that holds the place in the line */
    check_order("w1w1w1w2", "2", "121");
    check_order("w1w1w2", "01", "2");
    check_order("w1w1w1n1", "20", "11");
}

static atomic_int walking, most_walking, near_left;
static sem_t near_done;

static void walk(struct job *j)
{
    (void)j;
    int now = atomic_fetch_add(&walking, 1) + 1, seen = atomic_load(&most_walking);
    while (now > seen && !atomic_compare_exchange_weak(&most_walking, &seen, now))
        ;
    sem_wait(&near_done);
    sem_post(&near_done);
    atomic_fetch_sub(&walking, 1);
}

static void be_near(struct job *j)
{
    (void)j;
    if (atomic_fetch_sub(&near_left, 1) == 1)
        sem_post(&near_done);
}

/* No walk ends before all near jobs are done. */
static void walks_leave_threads_for_others(void **state)
{
    (void)state;
    struct workers *pool = workers_new(4, IDLE_MS); /* of which one may walk */
    assert_int_equal(loop_init(&loop), 0);
    sem_init(&near_done, 0, 0);
    atomic_store(&near_left, 10);
    done_count = 0;
    expected = 20;
    for (int i = 0; i < 10; i++)
        submit(pool, &works[i], LANE_WALK, 0, NULL, walk);
    for (int i = 10; i < 20; i++)
        submit(pool, &works[i], LANE_NEAR, 0, NULL, be_near);
    loop_run(&loop);
    loop_free(&loop);
    assert_int_equal(atomic_load(&most_walking), 1);
    assert_true(workers_free(pool, 60000));
    sem_destroy(&near_done);
}

static void an_unused_pool_ends(void **state)
{
    (void)state;
    assert_true(workers_free(workers_new(THREADS, IDLE_MS), 60000));
    assert_true(workers_free(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_comes_home),
        cmocka_unit_test(one_thread_runs_one_at_a_time),
        cmocka_unit_test(as_many_run_at_once_as_there_may_be_threads),
        cmocka_unit_test(all_end_when_there_is_nothing_to_do_and_come_back),
        cmocka_unit_test(jobs_are_done_where_there_is_no_thread),
        cmocka_unit_test(a_job_for_which_there_was_no_thread_runs_once_there_is_one),
        cmocka_unit_test(clients_are_served_in_turn),
        cmocka_unit_test(what_is_taken_back_leaves_the_others_in_turn),
        cmocka_unit_test(those_who_wait_for_the_same_have_one_place),
        cmocka_unit_test(walks_leave_threads_for_others),
        cmocka_unit_test(an_unused_pool_ends),
    };
    return cmocka_run_group_tests_name("workers", tests, count_threads, NULL);
}
