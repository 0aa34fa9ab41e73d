/* Connections in one batch of events: which requests share a look at a file, and which must not. */
#include "server/conn.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char place[] = "/tmp/ferry-conn-XXXXXX";
static struct server server;
static struct server server = {.wires = wires,
                               .site = {.surveys.budget = &server.memory, .memory = &server.memory},
                               .max_clients = 10,
                               .drain_ms = 1000,
                               .shard_count = 1};
static struct shard shard;

struct client {
    struct conn *conn;
    int fd;
    char got[4096];
};

static struct client first, second;

/* Replaces the file as a program does that writes under another name and renames. */
static void put(const char *text)
{
    char path[64], other[64];
    snprintf(path, sizeof path, "%s/f", place);
    snprintf(other, sizeof other, "%s/new", place);
    FILE *f = fopen(other, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(rename(other, path), 0);
}

static void come_in(struct client *c)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    c->fd = pair[0];
    c->conn = conn_open(&shard, stream_plain(pair[1]));
    assert_non_null(c->conn);
}

/* How long a turn takes is not for the machine to say: it takes no time. */
static uint64_t standing_clock(void)
{
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(place + sizeof place - 7, "XXXXXX");
    assert_non_null(mkdtemp(place));
    assert_int_equal(root_init(&server.site.root, place, false), 0);
    server.shards = &shard;
    memset(&shard, 0, sizeof shard);
    server.workers = workers_new(1, 10000);
    server.names_max = 100;
    assert_int_equal(shard_init(&shard, &server), 0);
    shard.loop.clock = standing_clock;
    shard.accepting = true;
    come_in(&first);
    come_in(&second);
    put("old");
    return 0;
}

static void batch(struct epoll_event *events, int n)
{
    loop_batch(&shard.loop, shard.loop.now + 1, events, n);
    assert_true(list_empty(&shard.cache.shares.fleeting));
}

static int tear_down(void **state)
{
    char path[64];
    (void)state;
    close(first.fd);
    close(second.fd);
    reaper_kill_all(&shard);
    batch(NULL, 0);
    assert_int_equal(server.clients, 0);
    while (!list_empty(&shard.conns)) { /* A connection may have closed while a worker was busy with it. */
        loop_run_posted(&shard.loop);
        batch(NULL, 0);
    }
    assert_true(workers_free(server.workers, 1000));
    shard_free(&shard);
    root_free(&server.site.root);
    snprintf(path, sizeof path, "%s/f", place);
    unlink(path);
    rmdir(place);
    return 0;
}

static void say(struct client *c, const char *text)
{
    assert_int_equal(write(c->fd, text, strlen(text)), strlen(text));
}

static const char *heard(struct client *c)
{
    ssize_t n = read(c->fd, c->got, sizeof c->got - 1);
    c->got[n > 0 ? n : 0] = '\0';
    char *end = strstr(c->got, "\r\n\r\n");
    return end ? end + 4 : "";
}

static struct epoll_event ready(struct client *c)
{
    return (struct epoll_event){.events = EPOLLIN | EPOLLOUT, .data.ptr = &c->conn->watch};
}

/* Between two turns of a batch, the file is replaced and the rest of a request arrives. */
static const char *rest;

struct meddler {
    struct watch watch;
    struct task task;
};

static void meddle_later(struct watch *w, uint32_t events)
{
    (void)events;
    loop_turn(&shard.loop, &container_of(w, struct meddler, watch)->task);
}

static void meddle(struct task *t)
{
    (void)t;
    put("new");
    if (rest)
        say(&second, rest);
}

/* No bytes have arrived from them when they are accepted. */
static void let_them_wait(void)
{
    batch(NULL, 0);
    assert_true(first.conn->watched && second.conn->watched);
}

/* All requests came before the change, so the first look serves all of them. */
static void requests_of_one_batch_share_a_look(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    (void)state;
    let_them_wait();
    rest = NULL;
    task_init(&meddler.task, meddle);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\nGET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event events[] = {ready(&first), {.data.ptr = &meddler.watch}, ready(&second)};
    batch(events, 3);
    assert_string_equal(heard(&first), "old");
    assert_int_equal(strncmp(heard(&second), "oldHTTP/1.1 200", 15), 0);
}

static void a_request_that_ends_after_a_change_is_not_answered_by_a_look_before_it(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    char beginning[2048];
    (void)state;
    let_them_wait();
    rest = "\r\n\r\n";
    task_init(&meddler.task, meddle);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    /* So much that more bytes may follow: the socket is read once more in its turn. */
    snprintf(beginning, sizeof beginning, "GET /f HTTP/1.1\r\nHost: a\r\nX: %01500d", 0);
    say(&second, beginning);
    struct epoll_event events[] = {ready(&first), {.data.ptr = &meddler.watch}, ready(&second)};
    batch(events, 3);
    assert_string_equal(heard(&first), "old");
    assert_string_equal(heard(&second), "new");
}

/* The first turn of a new client comes before all answers. */
static void requests_of_new_clients_share_a_look(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    (void)state;
    rest = NULL;
    task_init(&meddler.task, meddle);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event events[] = {{.data.ptr = &meddler.watch}};
    batch(events, 1);
    assert_string_equal(heard(&first), "new");
    assert_string_equal(heard(&second), "new");
    assert_int_equal(shard.cache.shares.arrivals, 2);
}

/* Longer than what is copied: the source sends it itself. */
static void put_long(size_t n)
{
    char *text = calloc(1, n + 1);
    assert_non_null(text);
    put(memset(text, 'x', n));
    free(text);
}

static void write_to_it(struct task *t)
{
    char path[64];
    (void)t;
    snprintf(path, sizeof path, "%s/f", place);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs("more", f);
    fclose(f);
}

/* The last look comes after everything that is sent in the batch, so it serves all answers. */
static void what_changes_after_it_was_sent_is_seen_by_the_last_look(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    (void)state;
    let_them_wait();
    put_long(20000);
    task_init(&meddler.task, write_to_it);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event events[] = {ready(&first), ready(&second), {.data.ptr = &meddler.watch}};
    batch(events, 2);
    assert_int_equal(server.clients, 2);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    batch(events, 3);
    assert_int_equal(server.clients, 0);
}

/* The socket is empty again. */
static void take_all(struct client *c)
{
    while (read(c->fd, c->got, sizeof c->got) > 0)
        ;
}

/* Several ranges end with copied text of ours; the file is still checked. */
static void what_changes_after_several_ranges_were_sent_is_seen_too(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    const char *ask = "GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes=0-19999,30000-49999\r\n\r\n";
    (void)state;
    let_them_wait();
    put_long(60000);
    task_init(&meddler.task, write_to_it);
    say(&first, ask);
    struct epoll_event events[] = {ready(&first), {.data.ptr = &meddler.watch}};
    batch(events, 1);
    assert_int_equal(server.clients, 2);
    take_all(&first);
    say(&first, ask);
    batch(events, 2);
    assert_int_equal(server.clients, 1);
}

/* Otherwise such a client could keep the loop to itself. */
static void requests_behind_a_long_answer_wait_for_the_next_batch(void **state)
{
    (void)state;
    let_them_wait();
    put_long(20000);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\nGET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event events[] = {ready(&first)};
    batch(events, 1);
    assert_false(list_empty(&shard.loop.again));
    batch(NULL, 0);
    assert_true(list_empty(&shard.loop.again));
}

/* The client's bytes are in the socket, and their event has not been handled. */
static void deadline_after(unsigned ms)
{
    loop_batch(&shard.loop, shard.loop.now + ms, NULL, 0);
}

static void put_as(const char *name, const char *text)
{
    char path[64], other[64];
    put(text);
    snprintf(path, sizeof path, "%s/f", place);
    snprintf(other, sizeof other, "%s/%s", place, name);
    assert_int_equal(rename(path, other), 0);
}

static void remove_name(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", place, name);
    assert_int_equal(unlink(path), 0);
}

static const char *heard_plain(struct client *c)
{
    ssize_t n = read(c->fd, c->got, sizeof c->got - 1);
    c->got[n > 0 ? n : 0] = '\0';
    return c->got;
}

static void say_now(struct client *c, const char *text)
{
    struct epoll_event events[] = {ready(c)};
    say(c, text);
    batch(events, 1);
}

static void a_name_of_which_more_lies_in_the_socket_is_not_whole(void **state)
{
    (void)state;
    put_as("fa", "another");
    put("part");
    let_them_wait();
    say_now(&first, "f");
    say(&first, "a");
    deadline_after(101);
    assert_string_equal(heard_plain(&first), "");
    deadline_after(101);
    assert_string_equal(heard_plain(&first), "another");
    say_now(&second, "f");
    say(&second, "a\n");
    deadline_after(5000); /* Nor if this process did not run for so long. */
    assert_string_equal(heard_plain(&second), "another");
    remove_name("fa");
}

/* For half a name the answer could be the listing of a folder instead of a file in it. */
static void a_name_that_comes_too_slowly_is_not_asked_for_by_halves(void **state)
{
    (void)state;
    let_them_wait();
    for (int i = 0; i < 120 && server.clients == 2; i++) {
        shard.loop.now += 89;
        say_now(&first, i % 2 == 0 ? "." : "/");
    }
    assert_int_equal(server.clients, 1);
    assert_string_equal(heard_plain(&first), "");
}

static void a_head_whose_end_lies_in_the_socket_is_whole(void **state)
{
    (void)state;
    let_them_wait();
    say_now(&first, "GET /f HTTP/1.1\r\n");
    say(&first, "Host: a\r\n\r\n");
    deadline_after(10001);
    assert_string_equal(heard(&first), "old");
    say_now(&second, "PUT /f HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    say(&second, "cd");
    deadline_after(10001);
    assert_int_equal(strncmp((heard(&second), second.got), "HTTP/1.1 405", 12), 0);
}

/* What the client did meanwhile may still be in flight. */
static void a_deadline_that_was_noticed_late_is_given_again(void **state)
{
    (void)state;
    let_them_wait();
    say_now(&first, "GET /f HTTP/1.1\r\n");
    deadline_after(30000);
    say_now(&first, "Host: a\r\n\r\n");
    assert_string_equal(heard(&first), "old");
    say_now(&second, "GET /f HTTP/1.1\r\n");
    deadline_after(30000);
    deadline_after(10001);
    assert_int_equal(strncmp((heard(&second), second.got), "HTTP/1.1 408", 12), 0);
}

static void a_request_that_comes_with_the_end_of_an_idle_time_is_answered(void **state)
{
    (void)state;
    let_them_wait();
    say(&first, "f\n");
    deadline_after(60001);
    assert_string_equal(heard_plain(&first), "old");
}

/* A client that sends one request and takes all of the answer. */
static struct {
    const char *ask;
    size_t taken;
} glutton;

static enum io glutton_read(struct stream *t, void *to, size_t cap, size_t *ret_n)
{
    (void)t, (void)cap;
    if (!glutton.ask)
        return IO_WANT_READ;
    *ret_n = strlen(glutton.ask);
    memcpy(to, glutton.ask, *ret_n);
    glutton.ask = NULL;
    return IO_OK;
}

static enum io glutton_write(struct stream *t, const void *from, size_t n, bool more, size_t *ret_n)
{
    (void)t, (void)from, (void)more;
    glutton.taken += *ret_n = n;
    return IO_OK;
}

static bool glutton_reset;

static void glutton_close(struct stream *t)
{
    glutton_reset = container_of(t, struct conn, stream)->reset;
    close(t->fd);
    t->fd = -1;
}

static void a_copied_answer_takes_turns_too(void **state)
{
    static const struct stream_ops ops = {
        .read = glutton_read, .write = glutton_write, .close = glutton_close, .raw = true};
    (void)state;
    put_long(1 << 20);
    server.site.copy = true;
    glutton.ask = "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
    glutton.taken = 0;
    assert_non_null(conn_open(&shard, (struct stream){.ops = &ops, .fd = dup(first.fd)}));
    for (size_t batches = 1; glutton.taken < 1 << 20; batches++) {
        batch(NULL, 0);
        assert_in_range(glutton.taken, 0, batches * 600 * 1024);
        assert_in_range(batches, 1, 10);
    }
    server.site.copy = false;
}

/* Each request comes during the long answer, and would wait for a whole turn of it. */
static void a_long_answer_takes_short_turns_beside_who_asks_for_little(void **state)
{
    static const struct stream_ops ops = {
        .read = glutton_read, .write = glutton_write, .close = glutton_close, .raw = true};
    size_t before = 0;
    (void)state;
    let_them_wait();
    put_long(8 << 20);
    server.site.copy = true;
    glutton.ask = "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
    glutton.taken = 0;
    assert_non_null(conn_open(&shard, (struct stream){.ops = &ops, .fd = dup(first.fd)}));
    batch(NULL, 0);
    for (int i = 0; i < 10; i++) {
        struct epoll_event events[] = {ready(&second)};
        say(&second, "HEAD /f HTTP/1.1\r\nHost: a\r\n\r\n");
        before = glutton.taken;
        batch(events, 1);
        assert_true(read(second.fd, second.got, sizeof second.got) > 0);
        assert_in_range(glutton.taken - before, 128 * 1024, 160 * 1024);
    }
    for (int i = 0; i < 2; i++)
        batch(NULL, 0);
    for (int i = 0; i < 10; i++) {
        before = glutton.taken;
        batch(NULL, 0);
        assert_in_range(glutton.taken - before, 512 * 1024, 544 * 1024);
    }
    server.site.copy = false;
}

static enum io no_bytes_come(struct stream *t, void *to, size_t cap, size_t *ret_n)
{
    (void)t, (void)to, (void)cap, (void)ret_n;
    return IO_FAIL;
}

static struct conn *come_in_as(const struct stream_ops *ops, const char *ask)
{
    glutton.ask = ask;
    glutton.taken = 0;
    glutton_reset = false;
    struct conn *c = conn_open(&shard, (struct stream){.ops = ops, .fd = dup(first.fd)});
    assert_non_null(c);
    return c;
}

/* In the plain dialect an orderly end without a byte would be an empty file. */
static void whoever_got_no_answer_is_reset(void **state)
{
    static const struct stream_ops ops = {.read = glutton_read,
                                          .write = glutton_write,
                                          .close = glutton_close},
                                   deaf = {.read = no_bytes_come, .close = glutton_close};
    (void)state;
    let_them_wait();
    come_in_as(&ops, NULL);
    batch(NULL, 0);
    deadline_after(60001); /* It sent no request. */
    assert_true(glutton_reset);
    come_in_as(&deaf, NULL);
    batch(NULL, 0);
    assert_true(glutton_reset);
    come_in_as(&ops, NULL);
    batch(NULL, 0);
    reaper_drain(&shard); /* The name is in flight. */
    batch(NULL, 0);
    assert_true(glutton_reset);
}

static void whoever_waits_between_two_requests_is_not_reset(void **state)
{
    static const struct stream_ops ops = {
        .read = glutton_read, .write = glutton_write, .close = glutton_close};
    (void)state;
    let_them_wait();
    struct conn *c = come_in_as(&ops, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    batch(NULL, 0);
    assert_int_equal(c->state, CONN_IDLE);
    glutton_reset = true;
    deadline_after(60001);
    assert_false(glutton_reset);
}

/* The client must not send any more, so there is nothing to wait for. */
static void whoever_asked_for_the_end_has_it_at_once(void **state)
{
    char byte;
    (void)state;
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    batch(NULL, 0);
    assert_string_equal(heard(&first), "old");
    assert_int_equal(read(first.fd, &byte, 1), 0);
    assert_int_equal(server.clients, 1);
}

/* It is not known how much of earlier answers is still in the kernel. */
static void whoever_asked_before_is_waited_for(void **state)
{
    (void)state;
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\nGET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    batch(NULL, 0);
    assert_int_equal(first.conn->state, CONN_LINGER);
}

/* For a client that takes nothing, the bytes would stay in the kernel without being counted. */
static void a_long_answer_is_waited_for_until_it_is_taken(void **state)
{
    (void)state;
    put_long(100000);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 4; i++)
        batch(NULL, 0);
    assert_int_equal(first.conn->state, CONN_LINGER);
    assert_int_equal(server.clients, 2);
}

/* It sent more all the same: closing with unread bytes would be a reset. */
static void whoever_sends_more_behind_the_end_is_heard_out(void **state)
{
    (void)state;
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nmore");
    batch(NULL, 0);
    assert_string_equal(heard(&first), "old");
    assert_int_equal(first.conn->state, CONN_LINGER);
    assert_int_equal(server.clients, 2);
}

/* A walk of a large folder takes seconds, during which no send would fail. */
static void nobody_works_for_who_has_gone(void **state)
{
    (void)state;
    let_them_wait();
    say(&first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event event = ready(&first);
    batch(&event, 1);
    assert_int_equal(first.conn->state, CONN_LOADING);
    event.events = EPOLLIN | EPOLLRDHUP; /* The client may have ended its side and wait for its answer. */
    batch(&event, 1);
    assert_int_equal(first.conn->state, CONN_LOADING);
    event.events |= EPOLLHUP | EPOLLERR;
    batch(&event, 1);
    assert_int_equal(server.clients, 1);
}

/* Only time passes. */
static void wait_ms(uint64_t ms)
{
    loop_batch(&shard.loop, shard.loop.now + ms, NULL, 0);
}

/* More than the socket takes, without reading it. */
static void ask_for_much(struct client *c)
{
    put_long(4 << 20);
    server.site.copy = true;
    say(c, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event event = ready(c);
    batch(&event, 1);
    while (!list_empty(&shard.loop.again))
        batch(NULL, 0);
    server.site.copy = false;
    assert_int_equal(c->conn->state, CONN_SENDING);
}

static void whoever_takes_nothing_makes_room_for_others(void **state)
{
    (void)state;
    let_them_wait();
    ask_for_much(&first);
    server.memory.most = server.memory.used - 1;
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event event = ready(&second);
    batch(&event, 1);
    assert_int_equal(second.conn->state, CONN_STARVED);
    wait_ms(500); /* It may still read on. */
    assert_int_equal(server.clients, 2);
    wait_ms(600);
    assert_int_equal(server.clients, 2);
    wait_ms(1000);
    assert_int_equal(server.clients, 1);
    wait_ms(100);
    assert_int_equal(second.conn->state, CONN_SENDING);
    server.memory.most = 0;
}

static void whoever_reads_is_not_idle(void **state)
{
    char some[20 * 1024];
    (void)state;
    let_them_wait();
    ask_for_much(&first);
    server.memory.most = server.memory.used - 1;
    for (int i = 0; i < 8; i++) {
        wait_ms(900);
        assert_true(read(first.fd, some, sizeof some) > 0);
    }
    assert_int_equal(server.clients, 2);
    server.memory.most = 0;
}

static void where_nobody_is_idle_there_is_no_room(void **state)
{
    (void)state;
    let_them_wait();
    server.memory.most = 1;
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event event = ready(&second);
    batch(&event, 1);
    for (int i = 0; i < 101; i++)
        wait_ms(100);
    assert_true(read(second.fd, second.got, sizeof second.got) > 0);
    assert_int_equal(strncmp(second.got, "HTTP/1.1 503", 12), 0);
    assert_int_equal(server.clients, 2);
    server.memory.most = 0;
}

/* After everything has closed, nothing is counted any more. */
static void what_has_gone_holds_nothing(void **state)
{
    (void)state;
    let_them_wait();
    assert_int_equal(server.memory.used, 2 * sizeof(struct conn));
    ask_for_much(&first);
    assert_true(server.memory.used > 2 * sizeof(struct conn) + 16 * 1024);
    say(&second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event event = ready(&second);
    batch(&event, 1);
    assert_true(server.memory.used > 256 * 1024);
    reaper_kill_all(&shard);
    while (server.memory.used != 0) { /* until a worker returns */
        loop_run_posted(&shard.loop);
        batch(NULL, 0);
    }
}

/* ---- a third dialect: "?NAME" and a newline; "+" with the length, or "-" with a status, in front ---- */

static enum recognised asks(struct slice said, bool no_more)
{
    if (said.n == 0 && !no_more)
        return RECOGNISED_MAYBE;
    return slice_starts(said, SLICE("?")) ? RECOGNISED : RECOGNISED_NOT;
}

static enum next question(struct exchange *x, struct slice in, bool no_more)
{
    const char *end = memchr(in.p, '\n', in.n);
    (void)no_more;
    return end ? exchange_ask_name(x, (struct slice){in.p + 1, (size_t)(end - in.p) - 1}) : NEXT_MORE;
}

static void reply(const struct exchange *x, struct framing *f, struct buf *out)
{
    const struct response *r = &x->response;
    buf_printf(out, "%c%d\n", r->content ? '+' : '-', r->content ? (int)r->length : r->status);
    f->body = r->content ? BODY_LENGTH : BODY_NONE;
    f->left = r->content ? r->length : 0;
}

static const struct wire third = {
    .name = "third", .ends_by_close = true, .recognise = asks, .feed = question, .frame = reply};

/* A dialect is a file and a row: the connection, the log and the other dialects stay as they are. */
static void a_new_dialect_is_a_row(void **state)
{
    static const struct wire *const rows[] = {&third, &wire_http1, &wire_plain, NULL};
    (void)state;
    server.wires = rows;
    let_them_wait();
    say_now(&first, "?");
    say_now(&first, "f\n");
    assert_string_equal(heard_plain(&first), "+3\nold");
    say_now(&second, "?.hidden\n");
    assert_string_equal(heard_plain(&second), "-404\n");
    server.wires = wires;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_of_one_batch_share_a_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_request_that_ends_after_a_change_is_not_answered_by_a_look_before_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_of_new_clients_share_a_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_after_it_was_sent_is_seen_by_the_last_look, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_changes_after_several_ranges_were_sent_is_seen_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(requests_behind_a_long_answer_wait_for_the_next_batch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_copied_answer_takes_turns_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_answer_takes_short_turns_beside_who_asks_for_little, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_of_which_more_lies_in_the_socket_is_not_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_comes_too_slowly_is_not_asked_for_by_halves, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_head_whose_end_lies_in_the_socket_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deadline_that_was_noticed_late_is_given_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_that_comes_with_the_end_of_an_idle_time_is_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(whoever_got_no_answer_is_reset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_waits_between_two_requests_is_not_reset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_asked_before_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_asked_for_the_end_has_it_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_answer_is_waited_for_until_it_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_sends_more_behind_the_end_is_heard_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_takes_nothing_makes_room_for_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_reads_is_not_idle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_nobody_is_idle_there_is_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_gone_holds_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_works_for_who_has_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_dialect_is_a_row, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
