/* Text: UTF-8 as in RFC 3629, escapes for terminals, JSON strings, and sizes for people. */
#include "base/text.h"
#include "guard.h"
#include "unit.h"

#include <locale.h>

static void decodes_utf8(void **state)
{
    static const struct {
        struct slice in;
        size_t len;
        uint32_t c;
    } cases[] = {
        {SLICE(""), 0, 0},
        {SLICE("\0"), 1, 0},
        {SLICE("az"), 1, 'a'},
        {SLICE("\xc2\x80"), 2, 0x80},
        {SLICE("\xc3\xa9x"), 2, 0xe9},
        {SLICE("\xe0\xa0\x80"), 3, 0x800},
        {SLICE("\xed\x9f\xbf"), 3, 0xd7ff},
        {SLICE("\xef\xbf\xbf"), 3, 0xffff},
        {SLICE("\xf0\x90\x80\x80"), 4, 0x10000},
        {SLICE("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
        /* Not UTF-8: alone, overlong, surrogates, beyond the end of Unicode, cut off. */
        {SLICE("\x80"), 0, 0},
        {SLICE("\xff"), 0, 0},
        {SLICE("\xc0\xaf"), 0, 0},
        {SLICE("\xc1\xbf"), 0, 0},
        {SLICE("\xe0\x9f\xbf"), 0, 0},
        {SLICE("\xf0\x8f\xbf\xbf"), 0, 0},
        {SLICE("\xed\xa0\x80"), 0, 0},
        {SLICE("\xf4\x90\x80\x80"), 0, 0},
        {SLICE("\xf5\x80\x80\x80"), 0, 0},
        {SLICE("\xc3"), 0, 0},
        {SLICE("\xe2\x82"), 0, 0},
        {SLICE("\xf0\x9f\x98"), 0, 0},
        {SLICE("\xc3z"), 0, 0},
        {SLICE("\xe2\x82z"), 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *in = guard_end(cases[i].in.p, cases[i].in.n);
        uint32_t c = 0;
        assert_int_equal(utf8_decode((struct slice){in, cases[i].in.n}, &c), cases[i].len);
        if (cases[i].len > 0)
            assert_int_equal(c, cases[i].c);
        guard_free(in, cases[i].in.n);
    }
}

static void finds_the_unfinished_end(void **state)
{
    static const struct {
        const char *in;
        size_t unfinished;
    } cases[] = {
        {"", 0},          {"abc", 0},           {"\xc3\xa9", 0}, {"a\xc3", 1},
        {"\xe2\x82", 2},  {"a\xf0\x9f\x98", 3}, {"\xf0\x9f", 2}, {"\xc1", 0},
        {"\xff", 0},      {"\x80\x80", 0},      {"\xf5\x80", 0}, {"\xf0\x9f\x98\x80", 0},
        {"\xe2\x82z", 0}, {"\xf4", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        const char *in = guard_end(cases[i].in, n);
        assert_int_equal(utf8_unfinished((struct slice){in, n}), cases[i].unfinished);
        guard_free(in, n);
    }
}

static void knows_utf8(void **state)
{
    static const struct {
        struct slice in;
        bool utf8;
    } cases[] = {
        {SLICE(""), true},
        {SLICE("a"), true},
        {SLICE("plain text of some length\r\n\t\x1b[0m\x7f"), true},
        {SLICE("gr\xc3\xb6\xc3\x9f"
               "e"),
         true},
        {SLICE("\xef\xbb\xbfwith a mark in front"), true},
        {SLICE("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), true},
        {SLICE("\xf0\x9f\x98\x80 and \xf4\x8f\xbf\xbf"), true},
        {SLICE("\xed\x9f\xbf\xee\x80\x80"), true},
        {SLICE("gr\xf6\xdf"
               "e"),
         false},
        {SLICE("\xff\xfeh\0i\0"), false},
        {SLICE("h\0i\0"), false},
        {SLICE("\xc0\x80"), false},         /* overlong */
        {SLICE("\xe0\x80\xaf"), false},     /* overlong */
        {SLICE("\xf0\x80\x80\xaf"), false}, /* overlong */
        {SLICE("\xed\xa0\x80"), false},     /* a surrogate */
        {SLICE("\xed\xbf\xbf"), false},     /* a surrogate */
        {SLICE("\xf4\x90\x80\x80"), false}, /* beyond U+10FFFF */
        {SLICE("\xf5\x80\x80\x80"), false},
        {SLICE("a\xe2\x82"), false}, /* incomplete */
        {SLICE("\x80"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* After any number of bytes within a word, and some more. */
        for (size_t before = 0; before < 20; before++) {
            char text[100];
            size_t n = before + cases[i].in.n;
            memset(text, 'x', before);
            memcpy(text + before, cases[i].in.p, cases[i].in.n);
            const char *in = guard_end(text, n);
            if (text_is_utf8((struct slice){in, n}) != cases[i].utf8)
                fail_msg("case %zu behind %zu bytes", i, before);
            guard_free(in, n);
            memset(text + n, 'x', 20);
            if (cases[i].utf8 != text_is_utf8((struct slice){text, n + 20}))
                fail_msg("case %zu between %zu bytes and 20", i, before);
        }
    }
}

/* Each invalid byte at each place of a word. */
static void sees_the_wrong_byte_everywhere(void **state)
{
    (void)state;
    for (size_t at = 0; at < 24; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[24];
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            assert_int_equal(text_is_utf8((struct slice){text, sizeof text}), byte > 0 && byte < 0x80);
        }
    }
}

static void escapes_what_a_terminal_would_obey(void **state)
{
    static const struct {
        struct slice in;
        const char *out;
    } cases[] = {
        {SLICE("debian-13.iso"), "debian-13.iso"},
        {SLICE("\xe6\x97\xa5\xe6\x9c\xac"), "\xe6\x97\xa5\xe6\x9c\xac"}, /* 日本 */
        {SLICE("\x1b[2J"), "\\x1b[2J"},
        {SLICE("a\nb\tc\r"), "a\\x0a"
                             "b\\x09"
                             "c\\x0d"},
        {SLICE("\0"), "\\x00"},
        {SLICE("\x7f"), "\\x7f"},
        {SLICE("\xff"
               "a"),
         "\\xff"
         "a"},
        {SLICE("\xc2\x9b"
               "31m"),
         "\\xc2\\x9b"
         "31m"}, /* CSI as one character */
        {SLICE("\xe2\x80\xae"
               "gpj.exe"),
         "\\xe2\\x80\\xae"
         "gpj.exe"},                     /* right to left */
        {SLICE("C:\\x41"), "C:\\\\x41"}, /* must not look like one of our escapes */
        {SLICE("cut \xe2\x82"), "cut \\xe2\\x82"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *in = guard_end(cases[i].in.p, cases[i].in.n);
        assert_string_equal(escape((struct slice){in, cases[i].in.n}).text, cases[i].out);
        guard_free(in, cases[i].in.n);
    }
}

/* Invisible characters stay where they shape their neighbours, and nowhere else. */
static void keeps_what_shapes_a_name(void **state)
{
    static const struct {
        const char *in;
        bool stays;
    } cases[] = {
        {"\u0645\u06cc\u200c\u062e", true},                                               /* Persian */
        {"\u0915\u094d\u200d\u0937", true},                                               /* Hindi */
        {"\u0d28\u0d4d\u200d\u0d31", true},                                               /* Malayalam */
        {"\U0001f468\u200d\U0001f469\u200d\U0001f467", true},                             /* a family */
        {"\U0001f3f3\ufe0f\u200d\U0001f308", true},                                       /* a rainbow flag */
        {"\U0001f44d\U0001f3fd\u200d\u2640\ufe0f", true},                                 /* with a skin */
        {"\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", true}, /* England */
        {"\u845b\U000e0100", true},                                                       /* a variant */
        {"a\u200cb", false},
        {"a\u200db", false},
        {"\u200d\u0645", false},
        {"\u0645\u200d", false},
        {"\u0645\u200c\u200c\u062e", false},
        {"\u0645\u200b\u062e", false},
        {"\u0645\u202e\u062e", false},
        {"\u0645\u2066\u062e", false},
        {"\U0001f468\u200c\U0001f469", false},
        {"\U0001f468\u200d.jpg", false},
        {"\U0001f3f4\U000e0067\U000e0062", false},                               /* without its end */
        {"\U0001f3f4\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f", false}, /* Texas: in no font */
        {"a\U000e0067\U000e007f", false},
        {"a\U000e0100", false},
        {"soft\u00adhyphen", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        const char *in = guard_end(cases[i].in, n);
        struct buf all = buf_new(200);
        escape_add(&all, (struct slice){in, n}, "");
        buf_add(&all, (struct slice){"", 1});
        if (cases[i].stays)
            assert_string_equal(buf_slice(&all).p, cases[i].in);
        else
            assert_non_null(strstr(buf_slice(&all).p, "\\x"));
        assert_string_equal(escape((struct slice){in, n}).text, buf_slice(&all).p);
        buf_free(&all);
        guard_free(in, n);
    }
}

static void cuts_what_is_too_long_between_characters(void **state)
{
    char in[3000];
    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = "\xe2\x82\xac"[i % 3];
    struct escaped e = escape((struct slice){in, sizeof in});
    size_t n = strlen(e.text);
    assert_true(n < sizeof e.text && n > sizeof e.text - 16);
    assert_string_equal(e.text + n - 3, "...");
    assert_int_equal((n - 3) % 3, 0);
    memset(in, 0x1b, sizeof in);
    assert_true(strlen(escape((struct slice){in, sizeof in}).text) < sizeof e.text);
}

static void escapes_any_length_and_keeps_what_it_may(void **state)
{
    struct buf b = buf_new(100);
    (void)state;
    escape_add(&b, SLICE("a\n\tb\x1b\r\0"), "\n\t");
    assert_true(slice_eq(buf_slice(&b), SLICE("a\n\tb\\x1b\\x0d\\x00")));
    buf_free(&b);
    b = buf_new(100);
    escape_add(&b, slice_of("so\u00adft\u202e\n"), "\u00ad");
    assert_true(slice_eq(buf_slice(&b), slice_of("so\u00adft\\xe2\\x80\\xae\\x0a")));
    buf_free(&b);
}

static void counts_columns(void **state)
{
    (void)state;
    assert_int_equal(text_columns(SLICE("")), 0);
    assert_int_equal(text_columns(SLICE("abc")), 3);
    assert_int_equal(text_columns(SLICE("\xc3\xa9")), 1);
    assert_int_equal(text_columns(SLICE("e\xcc\x81")), 1);                /* combining */
    assert_int_equal(text_columns(SLICE("\xe6\x97\xa5\xe6\x9c\xac")), 4); /* wide */
    assert_int_equal(text_columns(SLICE("\xf0\x9f\x98\x80")), 2);
}

static void writes_json_strings(void **state)
{
    static const struct {
        struct slice in;
        const char *out;
    } cases[] = {
        {SLICE(""), "\"\""},
        {SLICE("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {SLICE("\n\0\x1f"), "\"\\u000a\\u0000\\u001f\""},
        {SLICE("\xc3\xa9"), "\"\xc3\xa9\""},
        {SLICE("x\xff\xc3"), "\"x\xef\xbf\xbd\xef\xbf\xbd\""},
        {SLICE("\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81"), "\"\\u007f\\u009b\\u202e\\udb40\\udc41\""},
        {SLICE("</script>"), "\"</script>\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = buf_new(100);
        json_add_string(&b, cases[i].in);
        assert_true(slice_eq(buf_slice(&b), slice_of(cases[i].out)));
        assert_false(b.failed);
        buf_free(&b);
    }
}

static void names_sizes(void **state)
{
    static const struct {
        byte_sum bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1280, "1.3 KiB"}, /* 1.25 */
        {1536, "1.5 KiB"},
        {10291, "10.0 KiB"}, /* 10.0498 */
        {10292, "10.1 KiB"},
        {1048524, "1023.9 KiB"},
        {1048525, "1.0 MiB"}, /* 1,023.95 KiB would be shown as 1024.0 */
        {UINT64_C(4) << 30, "4.0 GiB"},
        {UINT64_MAX, "16.0 EiB"},
        {(byte_sum)3 << 63, "24.0 EiB"},
        {(byte_sum)4096 << 60, "4096.0 EiB"}, /* there is no larger unit */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(size_text(cases[i].bytes).text, cases[i].text);
}

static void writes_moments(void **state)
{
    static const struct {
        time_t t;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1795766606, "2026-11-27T08:03:26Z"},
        {951827696, "2000-02-29T12:34:56Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-30610224000, "1000-01-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
        {-30610224001, "0999-12-31T23:59:59Z"},
        {-62167219200, "0000-01-01T00:00:00Z"},
        {-62167219201, ""},
        {253402300800, ""},
        {INT64_MAX, ""},
        {INT64_MIN, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(time_text(cases[i].t).text, cases[i].text);
}

static void counts_are_grouped(void **state)
{
    (void)state;
    assert_string_equal(count_text(0).text, "0");
    assert_string_equal(count_text(999).text, "999");
    assert_string_equal(count_text(4096).text, "4,096");
    assert_string_equal(count_text(1000000).text, "1,000,000");
    assert_string_equal(count_text(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_grouped),
        cmocka_unit_test(decodes_utf8),
        cmocka_unit_test(finds_the_unfinished_end),
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(sees_the_wrong_byte_everywhere),
        cmocka_unit_test(escapes_what_a_terminal_would_obey),
        cmocka_unit_test(keeps_what_shapes_a_name),
        cmocka_unit_test(cuts_what_is_too_long_between_characters),
        cmocka_unit_test(escapes_any_length_and_keeps_what_it_may),
        cmocka_unit_test(counts_columns),
        cmocka_unit_test(writes_json_strings),
        cmocka_unit_test(names_sizes),
        cmocka_unit_test(writes_moments),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
