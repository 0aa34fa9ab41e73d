/* Connections in one batch of events: which requests share a look at a file, and which must not; and what a
 * carrier asks of a connection. */
#include "client.h"
#include "server/reaper.h"
#include "unit.h"
#include "veil.h"

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
    struct veil_peer peer;
};

static struct client first, second;

static const struct veil veil = {.carrier.open = veil_open};
static const struct veil whimsical = {.carrier.open = veil_open, .seed = 1};
/* Whoever begins with it comes by way of this carrier; NULL: nobody does. */
static struct wire carrying;
static const struct wire *const rows_with_a_carrier[] = {&carrying, &wire_http1, &wire_plain, NULL};

static void put_between(const struct veil *v)
{
    carrying = wire_tls_refused;
    carrying.carrier = &v->carrier;
    server.wires = rows_with_a_carrier;
}

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
    c->conn = client_open(&shard, stream_plain(pair[1]));
    assert_non_null(c->conn);
}

/* How long a turn takes is not for the machine to say: it takes no time. */
static uint64_t standing_clock(void)
{
    return 0;
}

static void begin(void)
{
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
    put("old");
}

static int set_up(void **state)
{
    (void)state;
    begin();
    come_in(&first);
    come_in(&second);
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
    veil_peer_free(&first.peer);
    veil_peer_free(&second.peer);
    carrying.carrier = NULL;
    server.wires = wires;
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

/* What its side of the carrier has to send. */
static void send_coded(struct client *c)
{
    struct slice out = buf_slice(&c->peer.out);
    if (out.n > 0)
        assert_int_equal(send(c->fd, out.p, out.n, MSG_NOSIGNAL), out.n);
    buf_clear(&c->peer.out);
}

static void say(struct client *c, const char *text)
{
    if (carrying.carrier) {
        veil_peer_say(&c->peer, slice_of(text));
        send_coded(c);
    } else {
        assert_int_equal(write(c->fd, text, strlen(text)), strlen(text));
    }
}

/* Into `got`, terminated: how much it was. */
static size_t take(struct client *c)
{
    ssize_t n = read(c->fd, c->got, sizeof c->got - 1);
    size_t got = n > 0 ? (size_t)n : 0;
    if (carrying.carrier) {
        veil_peer_hear(&c->peer, (struct slice){c->got, got});
        got = buf_len(&c->peer.got);
        memcpy(c->got, buf_slice(&c->peer.got).p, got);
        buf_clear(&c->peer.got);
        send_coded(c);
    }
    c->got[got] = '\0';
    return got;
}

static const char *heard(struct client *c)
{
    take(c);
    char *end = strstr(c->got, "\r\n\r\n");
    return end ? end + 4 : "";
}

static struct epoll_event ready(struct client *c)
{
    return (struct epoll_event){.events = EPOLLIN | EPOLLOUT, .data.ptr = &c->conn->watch};
}

static void come_in_veiled(struct client *c)
{
    come_in(c);
    veil_peer_begin(&c->peer, 0);
    send_coded(c);
    batch(NULL, 0);
    while (c->conn->state == CONN_HANDSHAKE) {
        struct epoll_event event = ready(c);
        take(c);
        batch(&event, 1);
    }
    take(c);
    assert_int_equal(c->conn->state, CONN_IDLE);
    assert_int_equal(c->peer.stage, PEER_OPEN);
}

static int set_up_veiled(void **state)
{
    (void)state;
    begin();
    put_between(&veil);
    come_in_veiled(&first);
    come_in_veiled(&second);
    return 0;
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

/* Its last byte is one of its body. */
static void a_body_that_ends_after_a_change_is_not_answered_by_a_look_before_it(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    (void)state;
    let_them_wait();
    rest = "x";
    task_init(&meddler.task, meddle);
    say(&second, "GET /f HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    struct epoll_event events[] = {ready(&first), {.data.ptr = &meddler.watch}, ready(&second)};
    batch(&events[2], 1);
    assert_int_equal(second.conn->state, CONN_BODY);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
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

/* Nothing was left to be sent when it turned out to be wrong. */
static void what_the_last_look_ends_is_logged_as_cut(void **state)
{
    struct meddler meddler = {.watch.on_ready = meddle_later};
    struct err e;
    char path[64], text[1024] = "";
    (void)state;
    snprintf(path, sizeof path, "%s/log", place);
    assert_int_equal(access_log_open(&server.log, path, -1, ACCESS_JSON, 1, &e), STATUS_DONE);
    let_them_wait();
    put_long(20000);
    task_init(&meddler.task, write_to_it);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    struct epoll_event events[] = {ready(&first), {.data.ptr = &meddler.watch}};
    batch(events, 1);
    say(&first, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
    batch(events, 2);
    access_log_close(server.log);
    server.log = NULL;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    unlink(path);
    char *second_line = strchr(text, '\n');
    assert_non_null(second_line);
    assert_null(memmem(text, (size_t)(second_line - text), "\"cut\":true", 10));
    assert_non_null(strstr(second_line, "\"cut\":true"));
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
    take(c);
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
        .read = glutton_read, .write = glutton_write, .close = glutton_close};
    (void)state;
    put_long(1 << 20);
    server.site.copy = true;
    glutton.ask = "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
    glutton.taken = 0;
    assert_non_null(client_open(&shard, (struct stream){.ops = &ops, .fd = dup(first.fd), .raw = true}));
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
        .read = glutton_read, .write = glutton_write, .close = glutton_close};
    size_t before = 0;
    (void)state;
    let_them_wait();
    put_long(8 << 20);
    server.site.copy = true;
    glutton.ask = "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
    glutton.taken = 0;
    assert_non_null(client_open(&shard, (struct stream){.ops = &ops, .fd = dup(first.fd), .raw = true}));
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
    struct conn *c = client_open(&shard, (struct stream){.ops = ops, .fd = dup(first.fd)});
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
    say_now(&first, "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 3; i++)
        batch(NULL, 0);
    assert_int_equal(first.conn->state, CONN_LINGER);
    assert_int_equal(server.clients, 2);
}

/* It sent more all the same: closing with unread bytes would be a reset. */
static void whoever_sends_more_behind_the_end_is_heard_out(void **state)
{
    (void)state;
    say_now(&first, "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nmore");
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
    assert_true(take(&second) > 0);
    assert_int_equal(strncmp(second.got, "HTTP/1.1 503", 12), 0);
    assert_int_equal(server.clients, 2);
    server.memory.most = 0;
}

/* After everything has closed, nothing is counted any more. */
static void what_has_gone_holds_nothing(void **state)
{
    (void)state;
    let_them_wait();
    size_t bare = 2 * (sizeof(struct conn) + (carrying.carrier ? veil_held() : 0));
    assert_int_equal(server.memory.used, bare);
    ask_for_much(&first);
    assert_true(server.memory.used > bare + 16 * 1024);
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

/* ---- content that comes from a descriptor, as another server's would ---- */

static struct {
    struct source source;
    int end;
    bool closed;
} piped;

static enum io piped_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    ssize_t n = read(s->awaited, to, cap);
    *ret_n = n > 0 ? (size_t)n : 0;
    return n > 0 ? IO_OK : n == 0 ? IO_EOF : IO_WANT_READ;
}

static void piped_close(struct source *s)
{
    close(s->awaited);
    piped.closed = true;
}

static enum next from_the_pipe(struct exchange *x, struct slice in, bool no_more)
{
    static const struct source_ops ops = {.read = piped_read, .close = piped_close};
    int both[2];
    (void)in, (void)no_more;
    assert_int_equal(pipe2(both, O_NONBLOCK | O_CLOEXEC), 0);
    piped.end = both[1];
    piped.closed = false;
    piped.source = (struct source){.ops = &ops, .length = SOURCE_LENGTH_UNKNOWN, .awaited = both[0]};
    x->is_bare = true;
    x->found = (struct found){.status = 200, .source = &piped.source};
    exchange_respond(x);
    return NEXT_ANSWER;
}

static void to_the_end(const struct exchange *x, struct framing *f, struct buf *out)
{
    (void)x, (void)out;
    f->body = BODY_TO_END;
    f->left = SOURCE_LENGTH_UNKNOWN;
}

static void the_pipe_is_ready(struct client *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &c->conn->t->awaited};
    batch(&event, 1);
}

/* Without a worker: it goes on when its descriptor says so; and who goes away leaves nothing behind. */
static void content_may_wait_for_a_descriptor(void **state)
{
    static const struct wire pipe_wire = {
        .name = "pipe", .ends_by_close = true, .recognise = asks, .feed = from_the_pipe, .frame = to_the_end};
    static const struct wire *const rows[] = {&pipe_wire, &wire_plain, NULL};
    (void)state;
    server.wires = rows;
    let_them_wait();
    say_now(&first, "?");
    assert_int_equal(first.conn->state, CONN_AWAITING);
    assert_int_equal(write(piped.end, "one", 3), 3);
    the_pipe_is_ready(&first);
    assert_string_equal(heard_plain(&first), "one");
    assert_int_equal(first.conn->state, CONN_AWAITING);
    assert_int_equal(write(piped.end, "two", 3), 3);
    close(piped.end);
    the_pipe_is_ready(&first);
    assert_string_equal(heard_plain(&first), "two");
    assert_true(piped.closed);
    say_now(&second, "?");
    assert_int_equal(second.conn->state, CONN_AWAITING);
    deadline_after(60001);
    batch(NULL, 0);
    assert_true(piped.closed);
    close(piped.end);
    server.wires = wires;
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

/* ---- a sink that wants a worker before each piece ---- */

static struct {
    struct sink sink;
    char got[64];
    size_t got_n;
    bool is_ready, closed;
} pit;

static enum io pit_take(struct sink *s, struct slice bytes, size_t *ret_n)
{
    (void)s;
    if (!pit.is_ready)
        return IO_WANT_WORKER;
    pit.is_ready = false;
    *ret_n = bytes.n < 7 ? bytes.n : 7;
    memcpy(pit.got + pit.got_n, bytes.p, *ret_n);
    pit.got_n += *ret_n;
    return IO_OK;
}

static enum io pit_finish(struct sink *s)
{
    (void)s;
    return pit.is_ready ? IO_OK : IO_WANT_WORKER;
}

static void pit_work(struct sink *s)
{
    (void)s;
    pit.is_ready = true;
}

static void pit_close(struct sink *s)
{
    (void)s;
    pit.closed = true;
}

static enum next feed_into_the_pit(struct exchange *x, struct slice in, bool no_more)
{
    static const struct sink_ops ops = {
        .take = pit_take, .finish = pit_finish, .work = pit_work, .close = pit_close};
    enum next next = wire_http1.feed(x, in, no_more);
    if (next == NEXT_BODY) {
        pit.sink = (struct sink){.ops = &ops, .most = 1000};
        x->sink = &pit.sink;
    }
    return next;
}

/* The loop does not wait for it, and the client is told once that it may send. */
static void a_body_goes_into_its_sink_by_a_worker(void **state)
{
    struct wire row = wire_http1;
    const struct wire *const rows[] = {&row, NULL};
    (void)state;
    let_them_wait();
    memset(&pit, 0, sizeof pit);
    row.feed = feed_into_the_pit;
    server.wires = rows;
    say_now(&first,
            "GET /f HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_string_equal(heard_plain(&first), "HTTP/1.1 100 Continue\r\n\r\n");
    say_now(&first, "a\r\n0123456789\r\n");
    say_now(&first, "b\r\nABCDEFGHIJK\r\n0\r\n\r\n");
    while (first.conn->state != CONN_IDLE) { /* No time passes, however long the worker takes. */
        loop_run_posted(&shard.loop);
        loop_batch(&shard.loop, shard.loop.now, NULL, 0);
    }
    assert_int_equal(pit.got_n, 21);
    assert_memory_equal(pit.got, "0123456789ABCDEFGHIJK", 21);
    assert_true(pit.closed);
    assert_string_equal(heard(&first), "old");
    server.wires = wires;
}

/* ---- what a carrier asks of a connection ---- */

/* A stream that does as it is told. */
static struct {
    enum io read, write, shutdown; /* IO_OK of read(): `bytes`, once */
    bool end_wants_bytes;          /* shutdown() wants to read, until something was read */
    bool ends_once_it_wrote;       /* until then read() wants to write */
    const char *bytes;
    unsigned reads, shutdowns;
    size_t written;
    bool closed, reset;
    struct conn *conn;
} puppet;

static enum io puppet_read(struct stream *t, void *to, size_t cap, size_t *ret_n)
{
    (void)t;
    puppet.reads++;
    if (!puppet.bytes && puppet.ends_once_it_wrote)
        return puppet.written > 0 ? IO_EOF : IO_WANT_WRITE;
    if (!puppet.bytes)
        return puppet.read;
    *ret_n = strlen(puppet.bytes);
    assert_true(*ret_n <= cap);
    memcpy(to, puppet.bytes, *ret_n);
    puppet.bytes = NULL;
    return IO_OK;
}

static enum io puppet_write(struct stream *t, const void *from, size_t n, bool more, size_t *ret_n)
{
    (void)t, (void)from, (void)more;
    if (puppet.write == IO_OK)
        puppet.written += *ret_n = n;
    return puppet.write;
}

static enum io puppet_shutdown(struct stream *t)
{
    (void)t;
    assert_in_range(++puppet.shutdowns, 1, 10);
    if (puppet.end_wants_bytes)
        return puppet.bytes ? IO_WANT_READ : IO_OK;
    return puppet.shutdown;
}

static void puppet_close(struct stream *t)
{
    puppet.closed = true;
    puppet.reset = puppet.conn->reset;
    close(t->fd);
    t->fd = -1;
}

static void puppet_comes(const char *bytes)
{
    static const struct stream_ops ops = {
        .read = puppet_read, .write = puppet_write, .shutdown = puppet_shutdown, .close = puppet_close};
    puppet.bytes = bytes;
    puppet.conn = client_open(&shard, (struct stream){.ops = &ops, .fd = dup(first.fd)});
    assert_non_null(puppet.conn);
    batch(NULL, 0);
}

static void puppet_is(uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = &puppet.conn->watch};
    batch(&event, 1);
}

#define ASK "GET /f HTTP/1.1\r\nHost: a\r\n\r\n"
#define ASK_AND_END "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static int set_up_puppet(void **state)
{
    memset(&puppet, 0, sizeof puppet);
    puppet.read = IO_WANT_READ;
    set_up(state);
    let_them_wait();
    return 0;
}

static void a_read_may_wait_until_it_can_write(void **state)
{
    (void)state;
    puppet.read = IO_WANT_WRITE;
    puppet_comes(NULL);
    puppet.bytes = ASK;
    unsigned reads = puppet.reads;
    batch(NULL, 0);
    assert_int_equal(puppet.reads, reads);
    puppet_is(EPOLLOUT);
    assert_true(puppet.written > 0);
    reads = puppet.reads;
    puppet.read = IO_WANT_READ;
    puppet_is(EPOLLIN);
    assert_true(puppet.reads > reads);
    reads = puppet.reads;
    puppet_is(EPOLLOUT); /* It waits for that no longer. */
    assert_int_equal(puppet.reads, reads);
}

static void a_write_may_wait_until_it_can_read(void **state)
{
    (void)state;
    puppet.write = IO_WANT_READ;
    puppet_comes(ASK);
    assert_int_equal(puppet.conn->state, CONN_SENDING);
    puppet.write = IO_OK;
    batch(NULL, 0);
    assert_int_equal(puppet.written, 0);
    puppet_is(EPOLLIN);
    assert_true(puppet.written > 0);
    assert_int_equal(puppet.conn->state, CONN_IDLE);
}

static void an_end_takes_as_many_tries_as_it_needs(void **state)
{
    (void)state;
    puppet.shutdown = IO_WANT_WRITE;
    puppet_comes(ASK_AND_END);
    assert_int_equal(puppet.conn->state, CONN_LINGER);
    puppet.read = IO_EOF; /* The peer's end is not ours. */
    puppet_is(EPOLLIN);
    assert_false(puppet.closed);
    puppet_is(EPOLLOUT);
    assert_int_equal(puppet.shutdowns, 2);
    assert_false(puppet.closed);
    puppet.shutdown = IO_OK;
    puppet_is(EPOLLOUT);
    assert_true(puppet.closed);
    assert_false(puppet.reset);
}

static void an_end_that_cannot_be_said_is_a_cut(void **state)
{
    (void)state;
    puppet.shutdown = IO_WANT_WRITE;
    puppet_comes(ASK_AND_END);
    for (int looks = 0; looks < 31 && !puppet.closed; looks++)
        deadline_after(2001);
    assert_true(puppet.closed);
    assert_true(puppet.reset);
}

/* No event tells of bytes that were taken before it came. */
static void what_one_call_took_may_be_what_the_other_waits_for(void **state)
{
    (void)state;
    puppet.shutdown = IO_WANT_READ;
    puppet_comes(ASK_AND_END);
    assert_int_equal(puppet.conn->state, CONN_LINGER);
    assert_false(puppet.conn->end_said);
    puppet.bytes = "more";
    puppet.end_wants_bytes = true;
    conn_try(puppet.conn);
    assert_true(puppet.conn->end_said);
}

static void what_was_written_may_be_what_a_read_waits_for(void **state)
{
    (void)state;
    puppet.ends_once_it_wrote = true;
    puppet_comes("f");
    assert_int_equal(puppet.conn->state, CONN_UNDECIDED);
    deadline_after(101);
    assert_int_equal(puppet.written, 3);
    assert_true(puppet.closed);
    assert_false(puppet.reset);
}

static void an_interim_answer_may_have_to_wait(void **state)
{
    (void)state;
    puppet.write = IO_WANT_WRITE;
    puppet_comes("GET /f HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(puppet.conn->state, CONN_BODY);
    puppet.write = IO_OK;
    puppet_is(EPOLLOUT);
    assert_int_equal(puppet.written, strlen("HTTP/1.1 100 Continue\r\n\r\n"));
    puppet.bytes = "abcd";
    puppet_is(EPOLLIN);
    assert_true(puppet.written > 100);
    assert_int_equal(puppet.conn->state, CONN_IDLE);
}

static void two_calls_that_wait_for_each_other_hold_up_nobody(void **state)
{
    (void)state;
    puppet.shutdown = IO_WANT_READ;
    puppet_comes(ASK_AND_END);
    puppet.read = IO_WANT_WRITE;
    puppet_is(EPOLLIN);
    puppet_is(EPOLLOUT);
    puppet_is(EPOLLIN | EPOLLOUT);
    assert_int_equal(puppet.conn->state, CONN_LINGER);
    puppet.shutdown = IO_OK;
    puppet.read = IO_EOF;
    puppet_is(EPOLLIN);
    assert_true(puppet.closed);
    assert_false(puppet.reset);
}

static int set_up_whimsical(void **state)
{
    (void)state;
    begin();
    put_between(&whimsical);
    come_in_veiled(&first);
    come_in_veiled(&second);
    return 0;
}

/* So many that what comes by chance has come. */
static void whoever_waits_for_words_is_answered(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct epoll_event event = ready(&first);
        char answer[4096] = "";
        say(&first, ASK);
        for (int events = 0; !strstr(answer, "\r\n\r\nold"); events++) {
            assert_in_range(events, 0, 100);
            batch(&event, 1);
            take(&first);
            strcat(answer, first.got);
        }
    }
    assert_int_equal(first.conn->state, CONN_IDLE);
}

static int set_up_strangers(void **state)
{
    set_up(state);
    put_between(&veil);
    veil_peer_begin(&first.peer, 0);
    return 0;
}

static void write_to(struct client *c, struct slice bytes)
{
    assert_int_equal(write(c->fd, bytes.p, bytes.n), bytes.n);
}

static void a_handshake_comes_in_pieces(void **state)
{
    (void)state;
    struct epoll_event event = ready(&first);
    struct slice hello = buf_slice(&first.peer.out);
    for (size_t i = 0; i < hello.n; i++) {
        write_to(&first, (struct slice){hello.p + i, 1});
        batch(&event, 1);
        assert_int_equal(first.conn->state, i < 2 ? CONN_UNDECIDED : CONN_HANDSHAKE);
    }
    buf_clear(&first.peer.out);
    say(&first, "f\n"); /* Goes with the last word of the handshake. */
    take(&first);
    batch(&event, 1);
    assert_string_equal(heard_plain(&first), "old");
    assert_true(first.peer.ended);
}

static void a_handshake_has_ten_seconds(void **state)
{
    char byte;
    (void)state;
    let_them_wait();
    send_coded(&first);
    struct epoll_event event = ready(&first);
    batch(&event, 1);
    for (int i = 0; i < 3; i++)
        deadline_after(3000);
    assert_int_equal(first.conn->state, CONN_HANDSHAKE);
    take(&first); /* Its word lies in the socket. */
    deadline_after(1001);
    assert_int_equal(first.conn->state, CONN_IDLE);
    write_to(&second, SLICE("\x16"));
    event = ready(&second);
    batch(&event, 1);
    write_to(&second, SLICE("\x03\x01ve"));
    batch(&event, 1);
    assert_int_equal(second.conn->state, CONN_HANDSHAKE);
    deadline_after(30000); /* This process did not run. */
    assert_int_equal(server.clients, 2);
    deadline_after(10001);
    assert_int_equal(server.clients, 1);
    assert_int_equal(read(second.fd, &byte, 1), 0);
}

static void whoever_begins_wrongly_is_told(void **state)
{
    (void)state;
    write_to(&second, SLICE("\x16\x03\x01wrong"));
    batch(NULL, 0);
    assert_int_equal(read(second.fd, second.got, sizeof second.got), 2);
    assert_memory_equal(second.got, "no", 2);
    assert_int_equal(read(second.fd, second.got, sizeof second.got), 0);
    assert_int_equal(server.clients, 1);
}

static void a_handshake_under_way_holds_up_no_end(void **state)
{
    (void)state;
    let_them_wait();
    send_coded(&first);
    struct epoll_event event = ready(&first);
    batch(&event, 1);
    assert_int_equal(first.conn->state, CONN_HANDSHAKE);
    reaper_drain(&shard);
    batch(NULL, 0);
    assert_int_equal(server.clients, 0);
}

static void an_idle_connection_ends_in_the_carriers_words(void **state)
{
    (void)state;
    say_now(&first, ASK);
    assert_string_equal(heard(&first), "old");
    deadline_after(60001);
    assert_int_equal(server.clients, 0);
    take(&first);
    assert_true(first.peer.ended);
}

static void whoever_asked_for_the_end_hears_of_it(void **state)
{
    (void)state;
    say_now(&first, ASK_AND_END);
    assert_string_equal(heard(&first), "old");
    assert_true(first.peer.ended);
}

static void there_is_no_carrier_inside_a_carrier(void **state)
{
    (void)state;
    say_now(&first, "\x16\x03\x01veil");
    assert_int_equal(take(&first), 7);
    assert_memory_equal(first.got, "\x15\x03\x01\x00\x02\x02\x28", 7);
    assert_true(first.peer.ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_of_one_batch_share_a_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_request_that_ends_after_a_change_is_not_answered_by_a_look_before_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_that_ends_after_a_change_is_not_answered_by_a_look_before_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_of_new_clients_share_a_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_after_it_was_sent_is_seen_by_the_last_look, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_last_look_ends_is_logged_as_cut, set_up, tear_down),
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
        cmocka_unit_test_setup_teardown(content_may_wait_for_a_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_goes_into_its_sink_by_a_worker, set_up, tear_down),

#define PUPPET(test) cmocka_unit_test_setup_teardown(test, set_up_puppet, tear_down)
        PUPPET(a_read_may_wait_until_it_can_write),
        PUPPET(a_write_may_wait_until_it_can_read),
        PUPPET(an_end_takes_as_many_tries_as_it_needs),
        PUPPET(an_end_that_cannot_be_said_is_a_cut),
        PUPPET(what_one_call_took_may_be_what_the_other_waits_for),
        PUPPET(what_was_written_may_be_what_a_read_waits_for),
        PUPPET(an_interim_answer_may_have_to_wait),
        PUPPET(two_calls_that_wait_for_each_other_hold_up_nobody),
#define STRANGER(test) cmocka_unit_test_setup_teardown(test, set_up_strangers, tear_down)
        STRANGER(a_handshake_comes_in_pieces),
        STRANGER(a_handshake_has_ten_seconds),
        STRANGER(whoever_begins_wrongly_is_told),
        STRANGER(a_handshake_under_way_holds_up_no_end),
        cmocka_unit_test_setup_teardown(whoever_waits_for_words_is_answered, set_up_whimsical, tear_down),
/* What holds for TCP holds over a carrier. */
#define VEILED(test) {#test "_veiled", test, set_up_veiled, tear_down, NULL}
        VEILED(an_idle_connection_ends_in_the_carriers_words),
        VEILED(there_is_no_carrier_inside_a_carrier),
        VEILED(requests_of_one_batch_share_a_look),
        VEILED(a_request_that_ends_after_a_change_is_not_answered_by_a_look_before_it),
        VEILED(a_name_of_which_more_lies_in_the_socket_is_not_whole),
        VEILED(a_name_that_comes_too_slowly_is_not_asked_for_by_halves),
        VEILED(a_head_whose_end_lies_in_the_socket_is_whole),
        VEILED(a_deadline_that_was_noticed_late_is_given_again),
        VEILED(a_request_that_comes_with_the_end_of_an_idle_time_is_answered),
        VEILED(whoever_sends_more_behind_the_end_is_heard_out),
        VEILED(whoever_takes_nothing_makes_room_for_others),
        VEILED(whoever_asked_for_the_end_hears_of_it),
        VEILED(where_nobody_is_idle_there_is_no_room),
        VEILED(what_has_gone_holds_nothing),
        VEILED(nobody_works_for_who_has_gone),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
