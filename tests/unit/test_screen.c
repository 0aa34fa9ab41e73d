/* The screen: the output is the same however the bytes were cut, and no byte moves a cursor. */
#include "message/screen.h"
#include "unit.h"

static const struct {
    const char *name, *in, *out;
} cases[] = {
    {"plain text stays", "hello\n\tworld\n", "hello\n\tworld\n"},
    {"other alphabets stay", "gr\xc3\xbc\xc3\x9f \xe6\xb0\xb4 \xf0\x9f\x9a\xa2",
     "gr\xc3\xbc\xc3\x9f \xe6\xb0\xb4 \xf0\x9f\x9a\xa2"},
    {"a colour is shown, not done", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
    {"a title, a bell", "\x1b]0;title\a", "\\x1b]0;title\\x07"},
    {"C1 in UTF-8 is an escape too",
     "\xc2\x9b"
     "2J",
     "\\xc2\\x9b2J"},
    {"C1 as a bare byte",
     "\x9b"
     "2J",
     "\\x9b2J"},
    {"right-to-left override",
     "a\xe2\x80\xae"
     "b",
     "a\\xe2\\x80\\xaeb"},
    {"a CR before LF is a line's end", "one\r\ntwo\r\n", "one\ntwo\n"},
    {"any other CR would hide what stood there", "secret\rnothing\n", "secret\\x0dnothing\n"},
    {"two CR", "a\r\r\n", "a\\x0d\n"},
    {"a CR at the very end", "a\r", "a\\x0d"},
    {"a backslash cannot pretend to be ours", "\\x1b", "\\\\x1b"},
    {"an unfinished character at the end", "a\xe6\xb0", "a\\xe6\\xb0"},
    {"an unfinished character in the middle",
     "\xf0\x9f\x9a"
     "b",
     "\\xf0\\x9f\\x9a"
     "b"},
    {"nothing", "", ""},
};

static void check(size_t i, size_t cut, size_t piece)
{
    struct screen s = {.n = 0};
    struct buf out = buf_new(4096);
    struct slice rest = slice_of(cases[i].in);
    while (rest.n > 0) {
        size_t n = cut ? cut : piece;
        cut = 0;
        n = n < rest.n ? n : rest.n;
        screen_add(&s, &out, (struct slice){rest.p, n});
        rest = slice_from(rest, n);
    }
    screen_end(&s, &out);
    if (!slice_eq(buf_slice(&out), slice_of(cases[i].out)))
        fail_msg("%s (cut %zu, pieces of %zu): '%.*s'", cases[i].name, cut, piece, (int)buf_len(&out),
                 buf_slice(&out).p);
    assert_false(out.failed);
    buf_free(&out);
}

static void the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t cut = 1; cut <= strlen(cases[i].in); cut++)
            check(i, cut, 4096);
        for (size_t piece = 1; piece <= 5; piece++)
            check(i, 0, piece);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_however_it_is_cut),
    };
    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
