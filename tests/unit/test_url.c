/* The path and query of a request target, and names as they stand in links. */
#include "unit.h"

#include "base/text.h"
#include "guarded.h"
#include "http/url.h"

#include <stdlib.h>

static void decodes(void **state)
{
    static const struct {
        struct slice from, to;
    } examples[] = {
        {SLICE(""), SLICE("")},
        {SLICE("/a/b"), SLICE("/a/b")},
        {SLICE("a%20b"), SLICE("a b")},
        {SLICE("%41%5a%5A"), SLICE("AZZ")},
        {SLICE("a+b"), SLICE("a+b")},
        {SLICE("%2B"), SLICE("+")},
        {SLICE("%25"), SLICE("%")},
        {SLICE("%2541"), SLICE("%41")}, /* decoded once, not twice */
        {SLICE("%2e%2E%2f"), SLICE("../")},
        {SLICE("%01%7f%ff"), SLICE("\x01\x7f\xff")},
        {SLICE("\xc3\xbc%C3%BC"), SLICE("\xc3\xbc\xc3\xbc")},
        {SLICE("a%0Ab"), SLICE("a\nb")},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        char to[20];
        size_t n = 99;
        memset(to, 'x', sizeof to);
        if (!url_decode(guarded(examples[i].from), to, sizeof to, &n) ||
            !slice_eq((struct slice){to, n}, examples[i].to) || to[n] != '\0')
            fail_msg("%s", examples[i].from.p);
        /* Exactly the needed room is enough, and one byte less is not. */
        size_t room = examples[i].to.n + 1;
        assert_true(url_decode(guarded(examples[i].from), to, room, &n));
        assert_false(url_decode(guarded(examples[i].from), to, room - 1, &n));
    }
}

static void decodes_no_bad_escape(void **state)
{
    static const struct slice examples[] = {
        SLICE("%"),
        SLICE("%4"),
        SLICE("a%"),
        SLICE("a%4"),
        SLICE("%%41"),
        SLICE("%4g"),
        SLICE("%g4"),
        SLICE("% 41"),
        SLICE("%+41"),
        SLICE("%0x41"),
        SLICE("%u0041"),
        SLICE("%-1"),
        SLICE("%00"),
        SLICE("a%00b"),
        SLICE("\0"),
        SLICE("a\0b"),
        SLICE("%\0"
              "41"),
        SLICE("%4\0"),
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        char to[20];
        size_t n;
        if (url_decode(guarded(examples[i]), to, sizeof to, &n))
            fail_msg("%s was taken", examples[i].p);
    }
}

static void encodes(void **state)
{
    static const struct {
        const char *from, *keeping_slash, *all;
    } examples[] = {
        {"", "", ""},
        {"azAZ09-._~", "azAZ09-._~", "azAZ09-._~"},
        {"a/b", "a/b", "a%2Fb"},
        {"/", "/", "%2F"},
        {"a b", "a%20b", "a%20b"},
        {"100%", "100%25", "100%25"},
        {"a?b#c&d+e;f", "a%3Fb%23c%26d%2Be%3Bf", "a%3Fb%23c%26d%2Be%3Bf"},
        {"\"<'>\"", "%22%3C%27%3E%22", "%22%3C%27%3E%22"},
        {"a:b", "a%3Ab", "a%3Ab"}, /* otherwise "javascript:..." would be a link of its own */
        {"\n\x01\x7f", "%0A%01%7F", "%0A%01%7F"},
        {"\xc3\xbc\xff", "%C3%BC%FF", "%C3%BC%FF"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct buf a = buf_new(100), b = buf_new(100);
        percent_add(&a, guarded_text(examples[i].from), true);
        percent_add(&b, guarded_text(examples[i].from), false);
        assert_true(slice_eq(buf_slice(&a), slice_of(examples[i].keeping_slash)));
        assert_true(slice_eq(buf_slice(&b), slice_of(examples[i].all)));
        assert_false(a.failed || b.failed);
        buf_free(&a);
        buf_free(&b);
    }
    struct buf small = buf_new(5);
    percent_add(&small, SLICE("ab\n\n"), true);
    assert_true(small.failed);
    assert_int_equal(buf_len(&small), 5);
    buf_free(&small);
}

static void decodes_what_it_encodes(void **state)
{
    char bytes[255], back[256];
    size_t n;
    (void)state;
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    struct buf b = buf_new(1000);
    percent_add(&b, (struct slice){bytes, sizeof bytes}, false);
    assert_true(url_decode(buf_slice(&b), back, sizeof back, &n));
    assert_int_equal(n, sizeof bytes);
    assert_memory_equal(back, bytes, n);
    buf_free(&b);
}

static void splits(void **state)
{
    static const struct {
        const char *target, *authority, *path, *query; /* query NULL: no '?' */
    } examples[] = {
        {"/", "", "/", NULL},
        {"/a/b", "", "/a/b", NULL},
        {"/a?", "", "/a", ""},
        {"/a?b=c&d", "", "/a", "b=c&d"},
        {"/a?b?c", "", "/a", "b?c"},
        {"/?/", "", "/", "/"},
        {"//a", "", "//a", NULL},
        {"/http://a", "", "/http://a", NULL},
        {"/a%2Fb%3F", "", "/a%2Fb%3F", NULL},
        {"/a|b[c]{d}\"\\^`", "", "/a|b[c]{d}\"\\^`", NULL},
        {"/\xc3\xbc", "", "/\xc3\xbc", NULL},
        {"/*", "", "/*", NULL},
        {"http://h", "h", "/", NULL},
        {"http://h/", "h", "/", NULL},
        {"http://h:1/a?b", "h:1", "/a", "b"},
        {"http://h?b", "h", "/", "b"},
        {"http://h?", "h", "/", ""},
        {"http://h:/a", "h:", "/a", NULL},
        {"https://h//a", "h", "//a", NULL},
        {"HTTP://H/a", "H", "/a", NULL},
        {"hTTps://[::1]:443/a", "[::1]:443", "/a", NULL},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct target t;
        if (!url_split_target(guarded_text(examples[i].target), &t))
            fail_msg("%s was refused", examples[i].target);
        if (!slice_eq(t.authority, slice_of(examples[i].authority)) ||
            !slice_eq(t.path, slice_of(examples[i].path)) ||
            !slice_eq(t.query, slice_of(examples[i].query)) || t.has_query != (examples[i].query != NULL))
            fail_msg("%s", examples[i].target);
    }
}

static void splits_no_other_form(void **state)
{
    static const char *const examples[] = {
        "",
        "*",
        "a",
        "a/b",
        "?a",
        "h:80",
        "http:",
        "http:/",
        "http://",
        "http:///a",
        "http://?a",
        "http://:80/",
        "http:/h/a",
        "http:h/a",
        "http//h/a",
        "ftp://h/a",
        "file:///etc/passwd",
        "httpss://h/",
        "javascript:1",
        "http://user@h/",
        "http://user:password@h/",
        "http://h\\@x/",
        "http://h:x/",
        "http://[::1/",
        "/a#b",
        "/#",
        "http://h#b",
        "/a b",
        "/a\tb",
        "/a\nb",
        "/a\rb",
        "/a\x7f",
        "http://h/\x01",
    };
    struct target t;
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++)
        if (url_split_target(guarded_text(examples[i]), &t))
            fail_msg("\"%s\" was taken", examples[i]);
    assert_false(url_split_target((struct slice){0}, &t));
    assert_false(url_split_target(guarded(SLICE("/a\0")), &t));
}

static void hosts(void **state)
{
    static const struct {
        const char *host;
        bool ok;
    } examples[] = {
        {"h", true},
        {"example.org", true},
        {"EXAMPLE.org.", true},
        {"my_nas-2.local:6767", true},
        {"xn--bcher-kva.example", true},
        {"a%2Db", true},
        {"a!$&'()*+,;=~", true},
        {"127.0.0.1", true},
        {"127.0.0.1:0", true},
        {"999.999.999.999", true}, /* a name, by the grammar */
        {"h:", true},
        {"h:80", true},
        {"h:65535", true},
        {"h:0000000000000000000000080", true},
        {"[::]", true},
        {"[::1]", true},
        {"[::1]:", true},
        {"[::1]:6767", true},
        {"[2001:DB8::a]", true},
        {"[1:2:3:4:5:6:7:8]", true},
        {"[::ffff:192.0.2.1]", true},
        {"", false},
        {":80", false},
        {":", false},
        {"h:65536", false},
        {"h:99999999999999999999", false},
        {"h:-1", false},
        {"h:+80", false},
        {"h:8 0", false},
        {"h:80:80", false},
        {"h:http", false},
        {"h h", false},
        {" h", false},
        {"h/", false},
        {"h?", false},
        {"h#", false},
        {"u@h", false},
        {"h\\", false},
        {"h\n", false},
        {"h\"", false},
        {"<h>", false},
        {"h%", false},
        {"h%4", false},
        {"h%4g", false},
        {"h%00", false},
        {"b\xc3\xbc"
         "cher",
         false},
        {"::1", false},
        {"[", false},
        {"[]", false},
        {"]", false},
        {"[::1", false},
        {"::1]", false},
        {"[::1]x", false},
        {"[::1]80", false},
        {"x[::1]", false},
        {"[::1]]", false},
        {"[[::1]]", false},
        {"[127.0.0.1]", false},
        {"[h]", false},
        {"[1:2:3:4:5:6:7]", false},
        {"[1:2:3:4:5:6:7:8:9]", false},
        {"[1::2::3]", false},
        {"[:1]", false},
        {"[12345::]", false},
        {"[::ffff:192.0.2.256]", false},
        {"[fe80::1%25eth0]", false},
        {"[fe80::1%eth0]", false},
        {"[v1.x]", false},
        {"[ ::1]", false},
        {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", false},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++)
        if (url_host_ok(guarded_text(examples[i].host)) != examples[i].ok)
            fail_msg("\"%s\" was %s", examples[i].host, examples[i].ok ? "refused" : "taken");
    assert_false(url_host_ok((struct slice){0}));
    assert_false(url_host_ok(guarded(SLICE("h\0"))));
    assert_false(url_host_ok(guarded(SLICE("[::\0]"))));
    assert_false(url_host_ok(guarded(SLICE("[::1\0x]"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes), cmocka_unit_test(decodes_no_bad_escape),
        cmocka_unit_test(encodes), cmocka_unit_test(decodes_what_it_encodes),
        cmocka_unit_test(splits),  cmocka_unit_test(splits_no_other_form),
        cmocka_unit_test(hosts),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
