/* A request's head: what is read, what is refused, and that neither depends on the pieces in which it
 * arrives. */
#include "guard.h"
#include "http/request.h"
#include "unit.h"

#define HOST "Host: h\r\n"

static enum parse parse(struct request *r, const char *text, size_t n)
{
    const char *in = guard_end(text, n);
    request_init(r);
    enum parse p = request_parse(r, (struct slice){in, n});
    guard_free(in, n);
    return p;
}

static void refuses_at_once_what_can_never_be_right(void **state)
{
    static const struct {
        const char *in;
        int status; /* 0: valid */
    } cases[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", 0},
        {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"GET / HTTP/1.9\r\n" HOST "\r\n", 0},
        {"BREW / HTTP/1.1\r\n" HOST "\r\n", 0}, /* an unknown method is the caller's business */
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST "X-Empty:\r\nX: \t a\tb \t\r\n\r\n", 0},
        {"GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n", 0},
        /* the request line */
        {"\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\n", 400},
        {"GET  / HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1 \r\n", 400},
        {"GET /\r\n", 400},
        {"GET\r\n", 400},
        {"GET / http/1.1\r\n", 400},
        {"GET / HTTP/1\r\n", 400},
        {"GET / HTTP/1.10\r\n", 400},
        {"GET / HTTP/2.0\r\n", 505},
        {"GET / HTTP/0.9\r\n", 505},
        {"GE\"T / HTTP/1.1\r\n", 400},
        {"GET /a b HTTP/1.1\r\n", 400},
        /* line ends and control characters, before the line is complete */
        {"GET / HTTP/1.1\n", 400},
        {"GET / HT\rTP", 400},
        {"GET /\001", 400},
        {"GET /\x7f", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: \x1b[2J", 400},
        /* field lines */
        {"GET / HTTP/1.1\r\nHost : h\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: h\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST ": a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "no colon\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X(: a\r\n", 400},
        /* Host */
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        /* framing */
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r;
        enum parse p = parse(&r, cases[i].in, strlen(cases[i].in));
        if (p != (cases[i].status ? PARSE_BAD : PARSE_DONE) ||
            (p == PARSE_BAD && r.bad_status != cases[i].status))
            fail_msg("case %zu (%s): parse %d, status %d", i, cases[i].in, p,
                     p == PARSE_BAD ? r.bad_status : 0);
    }
}

/* Each field that the server uses, in any case, and no field with a similar name. */
static void finds_each_field(void **state)
{
    static const char *const names[] = {
        [FIELD_ACCEPT] = "Accept",
        [FIELD_ACCEPT_ENCODING] = "Accept-Encoding",
        [FIELD_CONNECTION] = "Connection",
        [FIELD_EXPECT] = "Expect",
        [FIELD_HOST] = "HOST",
        [FIELD_IF_MATCH] = "If-Match",
        [FIELD_IF_MODIFIED_SINCE] = "If-Modified-Since",
        [FIELD_IF_NONE_MATCH] = "If-None-Match",
        [FIELD_IF_RANGE] = "If-Range",
        [FIELD_IF_UNMODIFIED_SINCE] = "If-Unmodified-Since",
        [FIELD_RANGE] = "Range",
        [FIELD_REFERER] = "Referer",
        [FIELD_USER_AGENT] = "User-Agent",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[200];
        struct request r;
        if (!names[i]) /* The two fields that frame a body have their own tests. */
            continue;
        int n = snprintf(text, sizeof text, "GET / HTTP/1.0\r\nX%s: a\r\n%s: b\r\n%sx: c\r\n\r\n", names[i],
                         names[i], names[i]);
        struct slice in = {text, (size_t)n};
        request_init(&r);
        assert_int_equal(request_parse(&r, in), PARSE_DONE);
        assert_int_equal(r.line_count, 3);
        assert_int_equal(request_field_count(&r, (enum field)i), 1);
        assert_true(slice_eq(request_field(&r, in, (enum field)i), SLICE("b")));
    }
}

static void reads_what_matters(void **state)
{
    static const char text[] =
        "HEAD /a%20b?c HTTP/1.1\r\nhOST: h:80\r\nAccept: a/b\r\nRange:  bytes=0-1\t\r\n"
        "Accept: c/d\r\nConnection: x, Close\r\n\r\nrest";
    struct request r;
    char room[32];
    struct slice in = {text, sizeof text - 1};
    (void)state;
    request_init(&r);
    assert_int_equal(request_parse(&r, in), PARSE_DONE);
    assert_int_equal(r.method, METHOD_HEAD);
    assert_int_equal(r.head_len, sizeof text - 1 - 4);
    assert_true(slice_eq(request_target(&r, in), SLICE("/a%20b?c")));
    assert_true(slice_eq(request_field(&r, in, FIELD_RANGE), SLICE("bytes=0-1")));
    assert_true(slice_eq(request_field(&r, in, FIELD_HOST), SLICE("h:80")));
    assert_true(slice_eq(request_list_field(&r, in, FIELD_ACCEPT, room, sizeof room), SLICE("a/b,c/d")));
    assert_true(slice_eq(request_list_field(&r, in, FIELD_ACCEPT, room, 5), SLICE("a/b")));
    assert_int_equal(request_field_count(&r, FIELD_ACCEPT), 2);
    assert_null(request_field(&r, in, FIELD_IF_RANGE).p);
    assert_false(r.keep_alive);
    assert_false(r.http_1_0);
    assert_int_equal(r.framing, FRAMING_NONE);
}

static void knows_when_the_connection_stays(void **state)
{
    static const struct {
        const char *in;
        bool keep;
    } cases[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r;
        assert_int_equal(parse(&r, cases[i].in, strlen(cases[i].in)), PARSE_DONE);
        assert_int_equal(r.keep_alive, cases[i].keep);
    }
}

static void is_the_same_in_any_number_of_pieces(void **state)
{
    static const char *const texts[] = {
        "GET /name HTTP/1.1\r\nHost: h\r\nRange: bytes=1-2\r\n\r\n",
        "\r\nGET /name HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /name HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
        "GET /name HTTP/1.1\nHost: h\r\n\r\n",
    };
    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        struct request whole, pieces;
        size_t n = strlen(texts[t]);
        enum parse expected = parse(&whole, texts[t], n), p = PARSE_MORE;
        request_init(&pieces);
        for (size_t have = 0; have <= n && p == PARSE_MORE; have++) {
            const char *in = guard_end(texts[t], have); /* another address, as when a buffer grows */
            p = request_parse(&pieces, (struct slice){in, have});
            guard_free(in, have);
        }
        assert_int_equal(p, expected);
        assert_int_equal(pieces.bad_status, whole.bad_status);
        if (p != PARSE_DONE)
            continue;
        assert_int_equal(pieces.head_len, whole.head_len);
        assert_int_equal(pieces.target, whole.target);
        assert_int_equal(pieces.line_count, whole.line_count);
        assert_int_equal(pieces.framing, whole.framing);
    }
}

static void bounds_every_part(void **state)
{
    static char text[REQUEST_BUFFER * 2];
    struct request r;
    size_t n;
    (void)state;

    n = (size_t)sprintf(text, "GET /");
    memset(text + n, 'a', REQUEST_LINE_MAX);
    assert_int_equal(parse(&r, text, REQUEST_LINE_MAX), PARSE_MORE);
    assert_int_equal(parse(&r, text, REQUEST_LINE_MAX + 1), PARSE_BAD);
    assert_int_equal(r.bad_status, 414);

    n = (size_t)sprintf(text, "GET / HTTP/1.1\r\n");
    memset(text + n, 'a', sizeof text - n);
    assert_int_equal(parse(&r, text, n + REQUEST_HEAD_MAX), PARSE_MORE);
    assert_int_equal(parse(&r, text, n + REQUEST_HEAD_MAX + 1), PARSE_BAD);
    assert_int_equal(r.bad_status, 431);
    assert_true(n + REQUEST_HEAD_MAX + 1 <= REQUEST_BUFFER);

    /* Bytes after the limit are not checked, even if they came in the same piece. */
    n = (size_t)sprintf(text, "GET /");
    memset(text + n, 'a', sizeof text - n);
    text[REQUEST_LINE_MAX + 1] = '\x01';
    assert_int_equal(parse(&r, text, REQUEST_LINE_MAX + 100), PARSE_BAD);
    assert_int_equal(r.bad_status, 414);
    text[REQUEST_LINE_MAX] = '\x01';
    assert_int_equal(parse(&r, text, REQUEST_LINE_MAX + 100), PARSE_BAD);
    assert_int_equal(r.bad_status, 400);

    n = (size_t)sprintf(text, "GET / HTTP/1.1\r\n");
    memset(text + n, 'a', sizeof text - n);
    text[n + REQUEST_HEAD_MAX] = '\r';
    text[n + REQUEST_HEAD_MAX + 1] = 'x';
    assert_int_equal(parse(&r, text, n + REQUEST_HEAD_MAX + 1), PARSE_MORE);
    assert_int_equal(parse(&r, text, n + REQUEST_HEAD_MAX + 2), PARSE_BAD);
    assert_int_equal(r.bad_status, 400);
    text[n + REQUEST_HEAD_MAX + 1] = '\n';
    assert_int_equal(parse(&r, text, n + REQUEST_HEAD_MAX + 2), PARSE_BAD);
    assert_int_equal(r.bad_status, 431);

    n = (size_t)sprintf(text, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < REQUEST_FIELDS_MAX; i++)
        n += (size_t)sprintf(text + n, "X: y\r\n");
    assert_int_equal(parse(&r, text, n), PARSE_MORE);
    n += (size_t)sprintf(text + n, "X: y\r\n");
    assert_int_equal(parse(&r, text, n), PARSE_BAD);
    assert_int_equal(r.bad_status, 431);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_at_once_what_can_never_be_right),
        cmocka_unit_test(finds_each_field),
        cmocka_unit_test(reads_what_matters),
        cmocka_unit_test(knows_when_the_connection_stays),
        cmocka_unit_test(is_the_same_in_any_number_of_pieces),
        cmocka_unit_test(bounds_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
