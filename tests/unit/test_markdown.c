/* Markdown as HTML: safe markup stays, a text that takes too much memory is refused, and no memory leaks
 * (which the sanitizer builds check). */
#include "content/markdown.h"
#include "unit.h"

#include <stdlib.h>

static void makes_html(void **state)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        {"", ""},
        {"# hello", "<h1>hello</h1>\n"},
        {"[x](y) *z*", "<p><a href=\"y\">x</a> <em>z</em></p>\n"},
        {"<script>alert(1)</script>", "<!-- raw HTML omitted -->\n"},
        {"[x](javascript:alert)", "<p><a href=\"\">x</a></p>\n"},
        {"\xff", "<p>\xef\xbf\xbd</p>\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf html = buf_new(4096);
        assert_true(markdown_add_html(&html, slice_of(cases[i].text)));
        assert_true(slice_eq(buf_slice(&html), slice_of(cases[i].html)));
        buf_free(&html);
    }
}

static void takes_no_more_room_than_there_is(void **state)
{
    (void)state;
    struct buf html = buf_new(16);
    assert_false(markdown_add_html(&html, SLICE("# a heading of more")));
    assert_int_equal(buf_len(&html), 0);
    assert_true(markdown_add_html(&html, SLICE("x")));
    buf_free(&html);
}

/* No text of 64 KiB takes that much. */
static void gives_up_what_takes_too_much_memory(void **state)
{
    (void)state;
    size_t n = 256 * 1024;
    char *text = malloc(n);
    for (size_t i = 0; i < n; i++)
        text[i] = "*a"[i % 2];
    struct buf html = buf_new(8 * n);
    assert_false(markdown_add_html(&html, (struct slice){text, n}));
    assert_int_equal(buf_len(&html), 0);
    assert_true(markdown_add_html(&html, (struct slice){text, n / 4}));
    buf_free(&html);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_html),
        cmocka_unit_test(takes_no_more_room_than_there_is),
        cmocka_unit_test(gives_up_what_takes_too_much_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
