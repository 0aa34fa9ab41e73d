/* A line of the access log for an answer, whatever bytes the client has sent. */
#include "guarded.h"
#include "http/request.h"
#include "server/access_line.h"
#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

/* 2026-11-23 05:46:07.089 UTC */
#define BEGAN 1795412767089u

static struct access sample(void)
{
    struct access a = {
        .dialect = "http",
        .status = 200,
        .began_ms = BEGAN,
        .took_ms = 12034,
        .body_sent = 5,
        .request = SLICE("GET /a HTTP/1.1"),
    };
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &a.client);
    return a;
}

static const char *line_of(enum access_format format, struct access a)
{
    static char text[64 * 1024];
    struct buf out = buf_new(sizeof text);
    a.request = guarded(a.request);
    a.referer = guarded(a.referer);
    a.user_agent = guarded(a.user_agent);
    access_line_add(&out, format, 60, &a);
    assert_false(out.failed);
    memcpy(text, buf_slice(&out).p, buf_len(&out));
    text[buf_len(&out)] = '\0';
    buf_free(&out);
    return text;
}

static void request_lines(void **state)
{
    static const struct {
        const char *in, *line;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1"},
        {"GET / HTTP/1.0\nHost: a\n\n", "GET / HTTP/1.0"},
        {"\r\n\r\nGET / HTTP/1.1\r\n", "GET / HTTP/1.1"},
        {"GET /unfinished", "GET /unfinished"},
        {"GET / HTTP/1.1\r\r\n", "GET / HTTP/1.1\r"},
        {"\r\n", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct slice line = request_line_of(guarded_text(cases[i].in));
        if (!slice_eq(line, slice_of(cases[i].line)))
            fail_msg("case %zu: %.*s", i, (int)line.n, line.p);
    }
}

static void short_is_a_line_of_a_terminal(void **state)
{
    struct access a = sample();
    (void)state;
    assert_string_equal(line_of(ACCESS_SHORT, a), "05:46:07  192.0.2.7  200         5 B  GET /a\n");
    a.cut = true;
    a.body_sent = 3u << 20;
    assert_string_equal(line_of(ACCESS_SHORT, a), "05:46:07  192.0.2.7  200     3.0 MiB  (cut) GET /a\n");
    a = sample();
    a.status = 400;
    a.request = SLICE("\x1b[2J \xff");
    assert_string_equal(line_of(ACCESS_SHORT, a), "05:46:07  192.0.2.7  400         5 B  \\x1b[2J \\xff\n");
    a.request = SLICE("GET /0123456789012345678901234567890 HTTP/1.1");
    const char *line = line_of(ACCESS_SHORT, a);
    assert_int_equal(strlen(line), 60 + 1);
    assert_string_equal(line + 60 - 3, "...\n");
    a = sample();
    a.dialect = "plain", a.is_name = true;
    a.request = SLICE("my film");
    assert_string_equal(line_of(ACCESS_SHORT, a), "05:46:07  192.0.2.7  200         5 B  plain my film\n");
}

static void combined_is_what_others_write(void **state)
{
    struct access a = sample();
    (void)state;
    assert_string_equal(line_of(ACCESS_COMBINED, a),
                        "192.0.2.7 - - [23/Nov/2026:05:46:07 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"\n");
    inet_pton(AF_INET6, "2001:db8::1", &a.client);
    a.status = 304;
    a.body_sent = 0;
    a.referer = SLICE("http://other/page");
    a.user_agent = SLICE("Mozilla/5.0 (X11)");
    assert_string_equal(line_of(ACCESS_COMBINED, a),
                        "2001:db8::1 - - [23/Nov/2026:05:46:07 +0000] \"GET /a HTTP/1.1\" 304 - "
                        "\"http://other/page\" \"Mozilla/5.0 (X11)\"\n");
    a = (struct access){.dialect = "http", .status = 400, .body_sent = UINT64_MAX};
    assert_string_equal(line_of(ACCESS_COMBINED, a),
                        "- - - [01/Jan/1970:00:00:00 +0000] \"-\" 400 18446744073709551615 \"-\" \"-\"\n");
}

static void combined_has_local_time(void **state)
{
    static const struct {
        const char *zone, *time;
    } cases[] = {
        {"<+0530>-5:30", "[23/Nov/2026:11:16:07 +0530]"},
        {"<-0330>3:30", "[23/Nov/2026:02:16:07 -0330]"},
        {"<-10>10", "[22/Nov/2026:19:46:07 -1000]"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        setenv("TZ", cases[i].zone, 1);
        tzset();
        assert_non_null(strstr(line_of(ACCESS_COMBINED, sample()), cases[i].time));
        assert_non_null(strstr(line_of(ACCESS_JSON, sample()), "\"2026-11-23T05:46:07.089Z\""));
    }
    setenv("TZ", "UTC0", 1);
    tzset();
}

/* No byte of a client ends a line or a field, or moves a terminal's cursor. */
static void combined_escapes(void **state)
{
    static const struct {
        struct slice in;
        const char *out;
    } cases[] = {
        {SLICE("\" 200 1 \"-\" \"evil"), "\\x22 200 1 \\x22-\\x22 \\x22evil"},
        {SLICE("a\\x22b"), "a\\x5Cx22b"},
        {SLICE("a\r\nb\tc"), "a\\x0D\\x0Ab\\x09c"},
        {SLICE("\x1b[2J\x7f\x9b"), "\\x1B[2J\\x7F\\x9B"},
        {SLICE("a\0b"), "a\\x00b"},
        {SLICE("\xc3\xa4\xff"), "\\xC3\\xA4\\xFF"},
        {SLICE("'<script>%20&"), "'<script>%20&"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char expected[512];
        struct access a = sample();
        a.request = a.referer = a.user_agent = cases[i].in;
        snprintf(expected, sizeof expected,
                 "192.0.2.7 - - [23/Nov/2026:05:46:07 +0000] \"%s\" 200 5 \"%s\" \"%s\"\n", cases[i].out,
                 cases[i].out, cases[i].out);
        assert_string_equal(line_of(ACCESS_COMBINED, a), expected);
    }
}

static void plain_has_its_own_method(void **state)
{
    static const struct {
        struct slice name;
        const char *combined, *json;
    } cases[] = {
        {SLICE("iso/debian.iso"), "\"PLAIN /iso/debian.iso -\"", "\"name\":\"iso/debian.iso\","},
        {SLICE("//a b"), "\"PLAIN /a%20b -\"", "\"name\":\"//a b\","},
        {SLICE(""), "\"PLAIN / -\"", "\"name\":\"\","},
        {SLICE("\"\x1b\\"), "\"PLAIN /%22%1B%5C -\"", "\"name\":\"\\\"\\u001b\\\\\","},
        {SLICE("\xff\xc3\xa4"), "\"PLAIN /%FF%C3%A4 -\"", "\"name\":\"\xef\xbf\xbd\xc3\xa4\","},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct access a = sample();
        a.dialect = "plain", a.is_name = true;
        a.request = cases[i].name;
        assert_non_null(strstr(line_of(ACCESS_COMBINED, a), cases[i].combined));
        const char *json = line_of(ACCESS_JSON, a);
        assert_non_null(strstr(json, cases[i].json));
        assert_non_null(strstr(json, "\"dialect\":\"plain\""));
        assert_null(strstr(json, "\"target\""));
    }
}

static void json_says_more(void **state)
{
    struct access a = sample();
    (void)state;
    assert_string_equal(
        line_of(ACCESS_JSON, a),
        "{\"time\":\"2026-11-23T05:46:07.089Z\",\"client\":\"192.0.2.7\",\"dialect\":\"http\","
        "\"method\":\"GET\",\"target\":\"/a\",\"status\":200,\"bytes\":5,\"seconds\":12.034}\n");
    a.took_ms = 7;
    a.cut = true;
    a.referer = SLICE("r\"\\\n");
    a.user_agent = SLICE("\xf3\xa0\x81\x81\xc2\x9b"); /* U+E0041, a hidden letter, and an 8-bit CSI */
    assert_non_null(strstr(line_of(ACCESS_JSON, a),
                           "\"seconds\":0.007,\"referer\":\"r\\\"\\\\\\u000a\","
                           "\"user_agent\":\"\\udb40\\udc41\\u009b\",\"cut\":true}\n"));
}

static void json_takes_a_request_line_that_is_none(void **state)
{
    static const struct {
        struct slice line;
        const char *json;
    } cases[] = {
        {SLICE(""), "\"method\":\"\",\"target\":\"\","},
        {SLICE("GET"), "\"method\":\"GET\",\"target\":\"\","},
        {SLICE("GET  / HTTP/1.1"), "\"method\":\"GET\",\"target\":\"\","},
        {SLICE("GET /a b HTTP/1.1"), "\"method\":\"GET\",\"target\":\"/a\","},
        {SLICE("\xff\x01 \"\x7f"), "\"method\":\"\xef\xbf\xbd\\u0001\",\"target\":\"\\\"\\u007f\","},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct access a = sample();
        a.request = cases[i].line;
        assert_non_null(strstr(line_of(ACCESS_JSON, a), cases[i].json));
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static void what_is_too_long_is_cut(void **state)
{
    static char text[ACCESS_TEXT_MAX + 100];
    struct access a = sample();
    (void)state;
    memset(text, 'a', sizeof text);
    a.request = a.referer = a.user_agent = (struct slice){text, ACCESS_TEXT_MAX};
    assert_int_equal(count(line_of(ACCESS_COMBINED, a), "..."), 0);
    assert_int_equal(count(line_of(ACCESS_JSON, a), "..."), 0);

    /* As the queue passes it on: one byte more than fits. */
    a.request = a.referer = a.user_agent = (struct slice){text, ACCESS_TEXT_MAX + 1};
    assert_int_equal(count(line_of(ACCESS_COMBINED, a), "a...\""), 3);
    /* The first word is taken for the method. */
    assert_int_equal(count(line_of(ACCESS_JSON, a), "a...\""), 2);
    a.dialect = "plain", a.is_name = true;
    assert_int_equal(count(line_of(ACCESS_COMBINED, a), "a... -\""), 1);
    assert_int_equal(count(line_of(ACCESS_JSON, a), "a...\""), 3);

    memcpy(text, "GET /", 5);
    a.dialect = "http", a.is_name = false;
    a.request = (struct slice){text, sizeof text};
    const char *json = line_of(ACCESS_JSON, a);
    assert_non_null(strstr(json, "\"method\":\"GET\",\"target\":\"/aaa"));
    assert_int_equal(count(json, "a...\""), 3);

    /* Not cut within a character. */
    memcpy(text + ACCESS_TEXT_MAX - 2, "\xe2\x82\xac", 3);
    assert_int_equal(count(line_of(ACCESS_JSON, a), "\xef\xbf\xbd"), 0);

    /* Each byte takes four. */
    memset(text, 0xff, sizeof text);
    a.request = a.referer = a.user_agent = (struct slice){text, sizeof text};
    assert_true(strlen(line_of(ACCESS_COMBINED, a)) < 3 * 4 * ACCESS_TEXT_MAX + 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines),
        cmocka_unit_test(combined_is_what_others_write),
        cmocka_unit_test(combined_has_local_time),
        cmocka_unit_test(combined_escapes),
        cmocka_unit_test(plain_has_its_own_method),
        cmocka_unit_test(json_says_more),
        cmocka_unit_test(json_takes_a_request_line_that_is_none),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(short_is_a_line_of_a_terminal),
    };
    setenv("TZ", "UTC0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
