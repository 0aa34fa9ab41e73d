/* Slices: trimming, cutting, comparing and numbers, on inputs that lie flush against an untouchable page. */
#include "base/slice.h"
#include "guard.h"
#include "unit.h"

static void trims_spaces_and_tabs_only(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""}, {" ", ""}, {" \t a b\t ", "a b"}, {"a", "a"}, {"\na\n", "\na\n"}, {"\ra ", "\ra"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        const char *in = guard_end(cases[i].in, n);
        assert_true(slice_eq(slice_trim((struct slice){in, n}), slice_of(cases[i].out)));
        guard_free(in, n);
    }
}

static void cuts_at_each_separator(void **state)
{
    static const struct {
        const char *in;
        const char *pieces[4]; /* up to the first NULL */
    } cases[] = {
        {"", {NULL}},        {"a", {"a"}},
        {"a,b", {"a", "b"}}, {",a", {"", "a"}},
        {"a,", {"a"}}, /* nothing is left after the last separator */
        {",,", {"", ""}},    {"a,,b", {"a", "", "b"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in), found = 0;
        const char *in = guard_end(cases[i].in, n);
        struct slice rest = {in, n}, piece;
        while (slice_cut(&rest, ',', &piece)) {
            assert_true(found < 4);
            assert_non_null(cases[i].pieces[found]);
            assert_true(slice_eq(piece, slice_of(cases[i].pieces[found])));
            found++;
        }
        assert_null(cases[i].pieces[found]);
        guard_free(in, n);
    }
}

static void reads_whole_numbers_strictly(void **state)
{
    static const struct {
        const char *in;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"+1", false, 0},
        {"-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x10", false, 0},
        {"1e3", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        const char *in = guard_end(cases[i].in, n);
        uint64_t value = 0;
        assert_int_equal(slice_to_u64((struct slice){in, n}, &value), cases[i].ok);
        if (cases[i].ok)
            assert_true(value == cases[i].value);
        guard_free(in, n);
    }
}

static void compares(void **state)
{
    (void)state;
    assert_true(slice_eq(SLICE("a\0b"), SLICE("a\0b")));
    assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(slice_eq(SLICE("a"), SLICE("ab")));
    assert_true(slice_eq_nocase(SLICE("Content-LENGTH"), SLICE("content-length")));
    /* '@' and '`', and '[' and '{', are 32 apart like letters, but are not letters. */
    assert_false(slice_eq_nocase(SLICE("@["), SLICE("`{")));
    assert_true(slice_starts(SLICE("bytes=1-2"), SLICE("bytes=")));
    assert_false(slice_starts(SLICE("byte"), SLICE("bytes=")));
    assert_true(slice_eq(slice_from(SLICE("abc"), 1), SLICE("bc")));
    assert_int_equal(slice_from(SLICE("abc"), 3).n, 0);
    assert_int_equal(slice_from(SLICE("abc"), 99).n, 0);
}

/* slice_of() of an absent string is NULL; the sanitizers report any arithmetic on it. */
static void nothing_at_all_is_an_empty_slice(void **state)
{
    struct slice nothing = slice_of(NULL), piece;
    (void)state;
    assert_int_equal(nothing.n, 0);
    assert_true(slice_eq(nothing, SLICE("")));
    assert_true(slice_eq_nocase(nothing, SLICE("")));
    assert_true(slice_starts(nothing, SLICE("")));
    assert_false(slice_starts(nothing, SLICE("x")));
    assert_int_equal(slice_trim(nothing).n, 0);
    assert_int_equal(slice_from(nothing, 0).n, 0);
    assert_int_equal(slice_from(nothing, 5).n, 0);
    assert_false(slice_cut(&nothing, ',', &piece));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trims_spaces_and_tabs_only),       cmocka_unit_test(cuts_at_each_separator),
        cmocka_unit_test(reads_whole_numbers_strictly),     cmocka_unit_test(compares),
        cmocka_unit_test(nothing_at_all_is_an_empty_slice),
    };
    return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
