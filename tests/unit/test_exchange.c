/* A whole exchange without a socket, a loop or a thread: a request in, a response out. */
#include "content/web.h"
#include "place.h"
#include "site/exchange.h"
#include "unit.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/ferry-exchange-XXXXXX";
static struct budget memory;
static struct site site;
static struct site_cache cache;
static struct exchange x;
static uint64_t clock_now;

static void put_file(const char *name, size_t n, mode_t mode)
{
    /* In the past, so that its date is a strong validator. */
    const struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    int fd = openat(site.root.dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(write(fd, &"abcdefghijklmnopqrstuvwxyz0123456"[i % 33], 1), 1);
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static int set_up(void **state)
{
    struct err e;
    (void)state;
    place_make(place);
    const struct site_config config = {.path = place, .index = false};
    assert_int_equal(site_open(&site, &config, &memory, &e), STATUS_DONE);
    memset(&cache, 0, sizeof cache);
    assert_int_equal(site_cache_init(&cache, &site, &clock_now, 100), 0);
    put_file("f.txt", 1000, 0644);
    put_file("read.md", 100, 0644);
    assert_int_equal(mkdirat(site.root.dir, "d", 0755), 0);
    put_file("d/inner", 10, 0644);
    usleep(50 * 1000); /* a file that has just changed has no strong tag (content/settled.h) */
    clock_now++;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_cache_free(&cache);
    site_close(&site);
    assert_int_equal(memory.used, 0);
    return place_remove(place);
}

/* Does what the exchange asks for on its way, like a server with a loop and workers. */
static void to_its_answer(enum next next)
{
    for (int steps = 0; next != NEXT_ANSWER; steps++) {
        assert_true(steps < 10);
        assert_int_equal(next, NEXT_WORK);
        exchange_work(&x);
        next = exchange_worked(&x);
    }
}

static enum next begin(const char *head)
{
    struct slice in = slice_of(head);
    exchange_init(&x, &cache);
    x.arrived = ++cache.shares.arrivals;
    enum parse parsed = request_parse(&x.request, in);
    x.in = in;
    if (parsed == PARSE_BAD)
        return exchange_refuse(&x, x.request.bad_status);
    assert_int_equal(parsed, PARSE_DONE);
    return exchange_ask(&x, in);
}

static void end(void)
{
    source_close(exchange_end(&x));
    shares_end_batch(&cache.shares);
}

static void ask(const char *head)
{
    to_its_answer(begin(head));
}

/* Everything that would be sent, as text. */
static const char *sent(void)
{
    static char text[65536];
    struct source *s = x.response.content;
    size_t have = 0, n;
    while (have < x.response.length && have < sizeof text - 1) {
        size_t want = sizeof text - 1 - have;
        if (x.response.length - have < want)
            want = (size_t)(x.response.length - have);
        enum io r = s->ops->read(s, text + have, want, &n);
        if (r == IO_EOF)
            break;
        if (r == IO_WANT_WORKER)
            s->ops->load(s);
        else
            assert_int_equal(r, IO_OK);
        have += r == IO_OK ? n : 0;
    }
    text[have] = '\0';
    return text;
}

#define HOST " HTTP/1.1\r\nHost: localhost\r\n"

static void a_range(void **state)
{
    (void)state;
    ask("GET /f.txt" HOST "Range: bytes=33-35\r\n\r\n");
    assert_int_equal(x.response.status, 206);
    assert_true(x.response.is_part);
    assert_int_equal(x.response.part_off, 33);
    assert_int_equal(x.response.length, 3);
    assert_int_equal(x.response.whole, 1000);
    assert_string_equal(x.response.type, "text/plain");
    assert_string_equal(sent(), "abc");
    end();
}

static void a_range_that_lies_outside(void **state)
{
    (void)state;
    ask("GET /f.txt" HOST "Range: bytes=1000-\r\n\r\n");
    assert_int_equal(x.response.status, 416);
    assert_int_equal(x.response.whole, 1000);
    end();
}

static void a_precondition(void **state)
{
    char again[512];
    (void)state;
    ask("GET /f.txt" HOST "\r\n");
    assert_int_equal(x.response.status, 200);
    assert_int_equal(x.response.length, 1000);
    snprintf(again, sizeof again, "GET /f.txt" HOST "If-None-Match: %s\r\n\r\n", x.response.etag);
    assert_int_equal(x.response.etag[0], '"');
    end();
    ask(again);
    assert_int_equal(x.response.status, 304);
    assert_null(x.response.content);
    end();
    ask("GET /f.txt" HOST "If-Match: \"another\"\r\n\r\n");
    assert_int_equal(x.response.status, 412);
    end();
}

static void a_listing(void **state)
{
    (void)state;
    ask("GET /?format=text" HOST "\r\n");
    assert_int_equal(x.response.status, 200);
    assert_int_equal(x.response.length, SOURCE_LENGTH_UNKNOWN);
    assert_int_equal(x.response.vary, VARY_ACCEPT | VARY_ACCEPT_ENCODING);
    assert_string_equal(sent(), "d/\nf.txt\nread.md\n");
    end();
}

static void a_folder_has_one_address(void **state)
{
    (void)state;
    ask("GET /d?sort=size" HOST "\r\n");
    assert_int_equal(x.response.status, 301);
    assert_true(slice_eq(x.response.location, SLICE("./d/?sort=size")));
    end();
}

static void what_is_not_there(void **state)
{
    (void)state;
    ask("GET /nothing" HOST "\r\n");
    assert_int_equal(x.response.status, 404);
    assert_non_null(strstr(sent(), "no such file"));
    end();
    ask("GET /nothing" HOST "Accept: text/html\r\n\r\n");
    assert_non_null(strstr(sent(), "<html"));
    end();
}

static void a_bare_name(void **state)
{
    (void)state;
    exchange_init(&x, &cache);
    x.arrived = ++cache.shares.arrivals;
    to_its_answer(exchange_ask_name(&x, SLICE("d/inner")));
    assert_int_equal(x.response.status, 200);
    assert_string_equal(sent(), "abcdefghij");
    end();
}

/* A body that is not wanted is refused before it is read. */
static void a_body_that_is_refused(void **state)
{
    (void)state;
    assert_int_equal(begin("PUT /f.txt" HOST "Content-Length: 4\r\n\r\n"), NEXT_ANSWER);
    assert_int_equal(x.response.status, 405);
    assert_true(x.response.tells_methods);
    end();
}

static void a_body_that_is_read_away(void **state)
{
    (void)state;
    assert_int_equal(begin("GET /f.txt" HOST "Content-Length: 4\r\n\r\n"), NEXT_BODY);
    assert_int_equal(x.response.status, 0);
    to_its_answer(exchange_body_ended(&x));
    assert_int_equal(x.response.status, 200);
    end();
}

/* Whoever opens content says what kind it is; a length that is not known says nothing of that. */
static void the_kind_of_content(void **state)
{
    static const struct {
        const char *head;
        enum source_kind kind;
        bool length_known;
    } cases[] = {
        {"GET /f.txt" HOST "\r\n", SOURCE_FILE, true},
        {"GET /f.txt" HOST "Range: bytes=1-2\r\n\r\n", SOURCE_FILE, true},
        {"GET /f.txt" HOST "Range: bytes=1-2,5-6\r\n\r\n", SOURCE_FILE, true},
        {"GET /" HOST "\r\n", SOURCE_LISTING, false},
        {"GET /" HOST "Accept: text/html\r\nAccept-Encoding: gzip\r\n\r\n", SOURCE_LISTING, false},
        {"GET /?archive=tar" HOST "\r\n", SOURCE_ARCHIVE, true},
        {"GET /?archive=zip" HOST "\r\n", SOURCE_ARCHIVE, false},
        {"GET /nothing" HOST "\r\n", SOURCE_TEXT, true},
        {"GET /nothing" HOST "Accept: text/html\r\n\r\n", SOURCE_TEXT, true},
        {"GET /read.md?render" HOST "\r\n", SOURCE_TEXT, true},
        {"GET /?" WEB_PARAMETER "=style-" HOST "\r\n", SOURCE_TEXT, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask(cases[i].head);
        assert_non_null(x.response.content);
        assert_int_equal(x.response.content->kind, cases[i].kind);
        assert_int_equal(x.response.length != SOURCE_LENGTH_UNKNOWN, cases[i].length_known);
        end();
    }
}

/* ---- a sink that wants a worker before each piece of seven bytes, and before its end ---- */

static struct slow_sink {
    struct sink sink;
    struct buf got;
    unsigned worked, closed;
    bool is_ready, fails;
} slow;

static enum io slow_take(struct sink *s, struct slice bytes, size_t *ret_n)
{
    (void)s;
    if (slow.fails) {
        slow.sink.status = 507;
        return IO_FAIL;
    }
    if (!slow.is_ready)
        return IO_WANT_WORKER;
    *ret_n = bytes.n < 7 ? bytes.n : 7;
    buf_add(&slow.got, (struct slice){bytes.p, *ret_n});
    slow.is_ready = false;
    return IO_OK;
}

static enum io slow_finish(struct sink *s)
{
    (void)s;
    return slow.is_ready ? IO_OK : IO_WANT_WORKER;
}

static void slow_work(struct sink *s)
{
    (void)s;
    slow.worked++;
    slow.is_ready = true;
}

static void slow_close(struct sink *s)
{
    (void)s;
    slow.closed++;
}

static const struct sink_ops slow_ops = {
    .take = slow_take, .finish = slow_finish, .work = slow_work, .close = slow_close};

static void begin_slow(const char *head)
{
    assert_int_equal(begin(head), NEXT_BODY);
    sink_close(x.sink);
    slow = (struct slow_sink){.sink = {.ops = &slow_ops, .most = 1000}, .got = buf_new(1000)};
    x.sink = &slow.sink;
}

/* By way of the wire, as a connection does it: what is not taken comes again. */
static void a_body_that_is_taken_by_and_by(void **state)
{
    static const char text[] = "a\r\n0123456789\r\nb;x\r\nABCDEFGHIJK\r\n0\r\n\r\nnext";
    (void)state;
    for (size_t step = 1; step <= sizeof text - 1; step++) {
        struct body b;
        enum next next = NEXT_BODY;
        size_t at = 0;
        begin_slow("GET /f.txt" HOST "Transfer-Encoding: chunked\r\n\r\n");
        body_init(&b, &x.request, x.sink->most);
        for (int turns = 0; x.sink; turns++) {
            assert_in_range(turns, 0, 1000);
            size_t left = sizeof text - 1 - at, used;
            next = wire_http1.body(&x, &b, (struct slice){text + at, left < step ? left : step}, &used);
            at += used;
            while (next == NEXT_WORK && x.sink) {
                exchange_work(&x);
                next = exchange_worked(&x);
            }
        }
        to_its_answer(next);
        assert_string_equal(text + at, "next");
        assert_true(slice_eq(buf_slice(&slow.got), SLICE("0123456789ABCDEFGHIJK")));
        assert_true(slow.worked > 3);
        assert_int_equal(slow.closed, 1);
        assert_int_equal(x.response.status, 200);
        buf_free(&slow.got);
        end();
    }
}

static void a_sink_that_fails_is_answered(void **state)
{
    size_t n;
    (void)state;
    begin_slow("GET /f.txt" HOST "Content-Length: 4\r\n\r\n");
    slow.fails = true;
    to_its_answer(exchange_take(&x, SLICE("abcd"), &n));
    assert_int_equal(n, 0);
    assert_int_equal(x.response.status, 507);
    assert_int_equal(slow.closed, 1);
    buf_free(&slow.got);
    end();
}

static void a_sink_is_closed_with_its_exchange(void **state)
{
    (void)state;
    begin_slow("GET /f.txt" HOST "Content-Length: 4\r\n\r\n");
    end();
    assert_int_equal(slow.closed, 1);
    buf_free(&slow.got);
}

/* The site is replaced during a request, which is answered by the one that it began with. */
static void what_began_goes_on_by_its_own_site(void **state)
{
    struct site other;
    struct site_cache others;
    struct err e;
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/d", place);
    const struct site_config config = {.path = path};
    assert_int_equal(site_open(&other, &config, &memory, &e), STATUS_DONE);
    memset(&others, 0, sizeof others);
    assert_int_equal(site_cache_init(&others, &other, &clock_now, 100), 0);
    assert_int_equal(begin("GET /f.txt" HOST "Content-Length: 4\r\n\r\n"), NEXT_BODY);

    struct exchange second;
    struct slice head = SLICE("GET /inner" HOST "\r\n");
    exchange_init(&second, &others);
    second.arrived = ++others.shares.arrivals;
    assert_int_equal(request_parse(&second.request, head), PARSE_DONE);
    enum next next = exchange_ask(&second, head);
    while (next == NEXT_WORK) {
        exchange_work(&second);
        next = exchange_worked(&second);
    }
    assert_int_equal(second.response.length, 10);
    source_close(exchange_end(&second));

    to_its_answer(exchange_body_ended(&x));
    assert_int_equal(x.response.length, 1000);
    end();
    site_cache_free(&others);
    site_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range),
        cmocka_unit_test(a_range_that_lies_outside),
        cmocka_unit_test(a_precondition),
        cmocka_unit_test(a_listing),
        cmocka_unit_test(a_folder_has_one_address),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(a_bare_name),
        cmocka_unit_test(a_body_that_is_refused),
        cmocka_unit_test(a_body_that_is_read_away),
        cmocka_unit_test(the_kind_of_content),
        cmocka_unit_test(a_body_that_is_taken_by_and_by),
        cmocka_unit_test(a_sink_that_fails_is_answered),
        cmocka_unit_test(a_sink_is_closed_with_its_exchange),
        cmocka_unit_test(what_began_goes_on_by_its_own_site),
    };
    return cmocka_run_group_tests_name("exchange", tests, set_up, tear_down);
}
