/* Typed lines: one line of output for a line of input, each with the name before it, bounded and escaped. */
#include "message/typed.h"
#include "unit.h"

#include <stdlib.h>

static const struct {
    const char *name, *in, *out;
} cases[] = {
    {"a line", "hello\n", "me: hello\n"},
    {"CRLF, as telnet sends it", "hello\r\n", "me: hello\n"},
    {"two lines at once", "a\nb\n", "me: a\nme: b\n"},
    {"an empty line", "\n", "me: \n"},
    {"a last line without its end", "bye", "me: bye\n"},
    {"nobody can forge another's line", "a\rother: b\n", "me: a\\x0dother: b\n"},
    {"nor paint the terminal", "\x1b[2J\n", "me: \\x1b[2J\n"},
    {"a tab stays", "a\tb\n", "me: a\tb\n"},
    {"nothing typed, nothing shown", "", ""},
};

static void the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece <= strlen(cases[i].in) + 1; piece++) {
            struct buf line = buf_new(TYPED_LINE_MAX), out = buf_new(4096);
            for (struct slice rest = slice_of(cases[i].in); rest.n > 0; rest = slice_from(rest, piece))
                typed_add(&line, (struct slice){rest.p, piece < rest.n ? piece : rest.n}, "me", &out);
            typed_end(&line, "me", &out);
            if (!slice_eq(buf_slice(&out), slice_of(cases[i].out)))
                fail_msg("%s, pieces of %zu: '%.*s'", cases[i].name, piece, (int)buf_len(&out),
                         buf_slice(&out).p);
            assert_null(line.base);
            buf_free(&out);
        }
}

static void a_line_without_end_is_shown_in_pieces(void **state)
{
    const size_t n = TYPED_LINE_MAX + 10;
    struct buf line = buf_new(TYPED_LINE_MAX), out = buf_new(4 * TYPED_LINE_MAX);
    char *text = malloc(n);
    (void)state;
    memset(text, 'x', n);
    typed_add(&line, (struct slice){text, n}, "me", &out);
    assert_int_equal(buf_len(&line), 10);
    assert_int_equal(buf_len(&out), TYPED_LINE_MAX + strlen("me: \n"));
    typed_end(&line, "me", &out);
    assert_int_equal(buf_len(&out), n + 2 * strlen("me: \n"));
    free(text);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_however_it_is_cut),
        cmocka_unit_test(a_line_without_end_is_shown_in_pieces),
    };
    return cmocka_run_group_tests_name("typed", tests, NULL, NULL);
}
