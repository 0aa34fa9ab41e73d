/* Two loops in one thread, and clients whose packets all arrive on the processor of the second. */
#include "client.h"
#include "place.h"
#include "server/placement.h"
#include "server/reaper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 40
/* Looked at twice, with the request after so many answers, and more. */
#define ENOUGH (3 * BUSY_ANSWERS)

static char place[] = "/tmp/ferry-placement-XXXXXX";
static struct shard shards[2];
static struct server server = {.wires = wires,
                               .site = {.surveys.budget = &server.memory, .memory = &server.memory},
                               .max_clients = 100,
                               .names_max = 100,
                               .drain_ms = 1000,
                               .shards = shards,
                               .shard_count = 2};
static int listener, clients[CLIENTS];
static cpu_set_t before;

static uint64_t standing_clock(void)
{
    return 0;
}

/* The test stays on one processor, which is therefore where its clients' packets arrive. */
static int stay(void)
{
    cpu_set_t one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    int cpu = sched_getcpu();
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    return cpu;
}

static int set_up(void **state)
{
    (void)state;
    place_make(place);
    assert_int_equal(root_init(&server.site.root, place, false), 0);
    server.workers = workers_new(1, 10000);
    int cpu = stay();
    for (int i = 0; i < 2; i++) {
        memset(&shards[i], 0, sizeof shards[i]);
        assert_int_equal(shard_init(&shards[i], &server), 0);
        shards[i].loop.clock = standing_clock;
        shards[i].accepting = true;
    }
    shards[0].processor = cpu + 1;
    shards[1].processor = cpu;
    server.local = server.stay = true;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(listener, CLIENTS), 0);
    memset(clients, -1, sizeof clients);
    return 0;
}

static void batch(struct shard *s)
{
    struct epoll_event events[CLIENTS];
    int n = epoll_wait(s->loop.epoll, events, CLIENTS, 0);
    loop_batch(&s->loop, s->loop.now + 1, events, n);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i] >= 0)
            close(clients[i]);
    close(listener);
    for (int i = 0; i < 2; i++) {
        batch(&shards[i]);
        reaper_kill_all(&shards[i]);
        batch(&shards[i]);
        assert_true(list_empty(&shards[i].conns));
        assert_int_equal(shards[i].clients, 0);
    }
    assert_int_equal(server.clients, 0);
    assert_int_equal(server.memory.used, 0);
    assert_true(workers_free(server.workers, 1000));
    for (int i = 0; i < 2; i++)
        shard_free(&shards[i]);
    root_free(&server.site.root);
    server.stopping = server.pin = false;
    sched_setaffinity(0, sizeof before, &before);
    return place_remove(place);
}

/* The first loop accepts this client. */
static void come_in(int i)
{
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    getsockname(listener, (struct sockaddr *)&at, &len);
    clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(clients[i], (struct sockaddr *)&at, len), 0);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    struct conn *c = client_open(&shards[0], stream_plain(fd));
    assert_non_null(c);
    batch(&shards[0]);
}

/* Whichever loop has it answers. */
static void ask(int i)
{
    static const char request[] = "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
    char answer[4096];
    assert_int_equal(send(clients[i], request, strlen(request), 0), strlen(request));
    for (int look = 0; look < 4; look++)
        batch(&shards[look % 2]);
    ssize_t n = recv(clients[i], answer, sizeof answer, MSG_DONTWAIT);
    assert_true(n > 10);
    assert_memory_equal(answer, "HTTP/1.1 2", 10);
}

static bool has_ended(int i)
{
    char byte;
    ssize_t n = recv(clients[i], &byte, 1, MSG_DONTWAIT);
    assert_true(n == 0 || (n < 0 && errno == EAGAIN));
    return n == 0;
}

static void a_busy_client_is_sent_to_the_loop_of_its_processor(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        come_in(i);
    for (int n = 0; n < ENOUGH; n++)
        ask(0);
    assert_int_equal(shards[0].clients, 1);
    assert_int_equal(shards[1].clients, 1);
    ask(1);
    assert_int_equal(shards[0].clients, 1);
    for (int n = 0; n < ENOUGH; n++)
        ask(0);
    assert_int_equal(shards[1].clients, 1);
}

/* As with a network card that has one queue, until arrivals.h has found that out. */
static void a_loop_takes_no_more_than_its_share(void **state)
{
    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        come_in(i);
    for (int n = 0; n < ENOUGH; n++)
        for (int i = 0; i < CLIENTS; i++)
            ask(i);
    assert_in_range(shards[1].clients, CLIENTS / 2, CLIENTS / 2 + 5);
    assert_int_equal(shards[0].clients + shards[1].clients, CLIENTS);
}

static void asks_much_and_stays(void)
{
    come_in(0);
    for (int n = 0; n < ENOUGH; n++)
        ask(0);
    assert_int_equal(shards[0].clients, 1);
    assert_false(has_ended(0));
}

static void nobody_is_sent_while_loops_move(void **state)
{
    (void)state;
    server.stay = false;
    asks_much_and_stays();
}

static void nobody_is_sent_to_a_loop_that_may_have_ended(void **state)
{
    (void)state;
    server.stopping = true;
    asks_much_and_stays();
}

/* The other loop ends while the client is on its way to it. */
static void whoever_comes_to_a_loop_that_has_ended_is_let_go(void **state)
{
    (void)state;
    come_in(0);
    shards[1].loop.stop = true;
    for (int n = 0; n < ENOUGH && !has_ended(0); n++)
        ask(0);
    assert_int_equal(shards[0].clients, 0);
    assert_int_equal(server.clients, 0);
    assert_true(has_ended(0));
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_busy_client_is_sent_to_the_loop_of_its_processor),
        TEST(a_loop_takes_no_more_than_its_share),
        TEST(nobody_is_sent_while_loops_move),
        TEST(nobody_is_sent_to_a_loop_that_may_have_ended),
        TEST(whoever_comes_to_a_loop_that_has_ended_is_let_go),
    };
    return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
