/* The Range field. */
#include "unit.h"

#include "guarded.h"
#include "http/range.h"

#define MAX 4

struct example {
    const char *value;
    uint64_t size;
    enum range_result result;
    struct range ranges[MAX + 1]; /* up to the first with len 0 */
};

static void check(const struct example *e)
{
    struct range got[MAX] = {{0}};
    size_t n = 0, want_n = 0;
    while (e->ranges[want_n].len > 0)
        want_n++;
    enum range_result result = range_parse(guarded_text(e->value), e->size, got, MAX, &n);
    bool right = result == e->result && n == want_n;
    for (size_t i = 0; i < n; i++)
        right = right && got[i].off == e->ranges[i].off && got[i].len == e->ranges[i].len;
    if (!right)
        fail_msg("\"%s\" of %ju: result %d, %zu ranges, first {%ju, %ju}", e->value, (uintmax_t)e->size,
                 (int)result, n, (uintmax_t)got[0].off, (uintmax_t)got[0].len);
}

#define CHECK_ALL(examples)                                                                                  \
    for (size_t i = 0; i < LENGTH(examples); i++)                                                            \
        check(&(examples)[i]);

static void one_range(void **state)
{
    static const struct example examples[] = {
        {"bytes=0-0", 10, RANGE_OK, {{0, 1}}},       {"bytes=2-4", 10, RANGE_OK, {{2, 3}}},
        {"bytes=0-9", 10, RANGE_OK, {{0, 10}}},      {"bytes=9-9", 10, RANGE_OK, {{9, 1}}},
        {"bytes=3-", 10, RANGE_OK, {{3, 7}}},        {"bytes=0-", 10, RANGE_OK, {{0, 10}}},
        {"bytes=-3", 10, RANGE_OK, {{7, 3}}},        {"bytes=-10", 10, RANGE_OK, {{0, 10}}},
        {"BYTES=2-4", 10, RANGE_OK, {{2, 3}}},       {"bytes= 2-4 ", 10, RANGE_OK, {{2, 3}}},
        {"bytes=002-00004", 10, RANGE_OK, {{2, 3}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void clamped_to_the_file(void **state)
{
    static const struct example examples[] = {
        {"bytes=8-10", 10, RANGE_OK, {{8, 2}}},
        {"bytes=8-999999999999", 10, RANGE_OK, {{8, 2}}},
        {"bytes=-11", 10, RANGE_OK, {{0, 10}}},
        /* 2^64, and a number that no integer type holds */
        {"bytes=8-18446744073709551616", 10, RANGE_OK, {{8, 2}}},
        {"bytes=8-99999999999999999999999999999999", 10, RANGE_OK, {{8, 2}}},
        {"bytes=-99999999999999999999999999999999", 10, RANGE_OK, {{0, 10}}},
        {"bytes=0-", UINT64_MAX, RANGE_OK, {{0, UINT64_MAX}}},
        {"bytes=18446744073709551614-", UINT64_MAX, RANGE_OK, {{UINT64_MAX - 1, 1}}},
        {"bytes=18446744073709551615-", UINT64_MAX, RANGE_UNSATISFIABLE, {{0}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void outside_of_the_file(void **state)
{
    static const struct example examples[] = {
        {"bytes=10-", 10, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=10-20", 10, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0", 10, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0,10-,99-100", 10, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=18446744073709551616-", 10, RANGE_UNSATISFIABLE, {{0}}},
        /* one satisfiable range is enough */
        {"bytes=10-,-0,4-5", 10, RANGE_OK, {{4, 2}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void of_an_empty_file(void **state)
{
    static const struct example examples[] = {
        {"bytes=1-", 0, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0", 0, RANGE_UNSATISFIABLE, {{0}}},
        /* all of an empty file */
        {"bytes=-5", 0, RANGE_NONE, {{0}}},
        {"bytes=0-", 0, RANGE_NONE, {{0}}},
        {"bytes=0-0", 0, RANGE_NONE, {{0}}},
        {"bytes=0-1048575", 0, RANGE_NONE, {{0}}},
        {"bytes=7-8,0-1", 0, RANGE_NONE, {{0}}},
        {"bytes=0-0,-5", 0, RANGE_NONE, {{0}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void not_well_formed(void **state)
{
    static const struct example examples[] = {
        {"", 10, RANGE_NONE, {{0}}},
        {"bytes", 10, RANGE_NONE, {{0}}},
        {"bytes=", 10, RANGE_NONE, {{0}}},
        {"bytes= ", 10, RANGE_NONE, {{0}}},
        {"bytes=,", 10, RANGE_NONE, {{0}}},
        {"bytes=-", 10, RANGE_NONE, {{0}}},
        {"bytes=5", 10, RANGE_NONE, {{0}}},
        {"bytes=5-4", 10, RANGE_NONE, {{0}}},
        {"bytes=99-98", 10, RANGE_NONE, {{0}}},
        {"bytes=a-b", 10, RANGE_NONE, {{0}}},
        {"bytes=0-b", 10, RANGE_NONE, {{0}}},
        {"bytes=+1-2", 10, RANGE_NONE, {{0}}},
        {"bytes=0x1-2", 10, RANGE_NONE, {{0}}},
        {"bytes=--3", 10, RANGE_NONE, {{0}}},
        {"bytes=1-2-3", 10, RANGE_NONE, {{0}}},
        {"bytes=1 -2", 10, RANGE_NONE, {{0}}},
        {"bytes=1- 2", 10, RANGE_NONE, {{0}}},
        {"bytes =1-2", 10, RANGE_NONE, {{0}}},
        {" bytes=1-2", 10, RANGE_NONE, {{0}}},
        {"bytes:1-2", 10, RANGE_NONE, {{0}}},
        {"bytes=1-2;3-4", 10, RANGE_NONE, {{0}}},
        /* one malformed range makes the field invalid */
        {"bytes=1-2,x", 10, RANGE_NONE, {{0}}},
        {"bytes=5-4,1-2", 10, RANGE_NONE, {{0}}},
        /* other units */
        {"items=1-2", 10, RANGE_NONE, {{0}}},
        {"bytess=1-2", 10, RANGE_NONE, {{0}}},
        {"byte=1-2", 10, RANGE_NONE, {{0}}},
    };
    (void)state;
    CHECK_ALL(examples);
    assert_int_equal(range_parse((struct slice){0}, 10, NULL, 0, NULL), RANGE_NONE);
    assert_int_equal(range_parse(guarded(SLICE("bytes=1-2\0")), 10, NULL, 0, NULL), RANGE_NONE);
}

static void several_ranges(void **state)
{
    static const struct example examples[] = {
        {"bytes=0-0,5-6", 10, RANGE_OK, {{0, 1}, {5, 2}}},
        {"bytes= 0-999, 4500-5499, -1000", 10000, RANGE_OK, {{0, 1000}, {4500, 1000}, {9000, 1000}}},
        {"bytes=0-0 ,\t5-6", 10, RANGE_OK, {{0, 1}, {5, 2}}},
        {"bytes=,0-0,, ,5-6,", 10, RANGE_OK, {{0, 1}, {5, 2}}},
        /* sorted */
        {"bytes=-1,5-6,0-0", 10, RANGE_OK, {{0, 1}, {5, 2}, {9, 1}}},
        {"bytes=5-6,-1,0-0,3-3", 10, RANGE_OK, {{0, 1}, {3, 1}, {5, 2}, {9, 1}}},
        /* overlapping, nested, equal, adjacent */
        {"bytes=0-4,3-7", 10, RANGE_OK, {{0, 8}}},
        {"bytes=3-7,0-4", 10, RANGE_OK, {{0, 8}}},
        {"bytes=1-8,3-4", 10, RANGE_OK, {{1, 8}}},
        {"bytes=3-4,1-8", 10, RANGE_OK, {{1, 8}}},
        {"bytes=3-4,3-4", 10, RANGE_OK, {{3, 2}}},
        {"bytes=0-4,5-9", 10, RANGE_OK, {{0, 10}}},
        {"bytes=5-9,0-4", 10, RANGE_OK, {{0, 10}}},
        {"bytes=0-4,6-9", 10, RANGE_OK, {{0, 5}, {6, 4}}},
        {"bytes=0-,-1,2-3", 10, RANGE_OK, {{0, 10}}},
        /* the last one closes gaps */
        {"bytes=0-0,2-2,4-4,6-6,1-5", 10, RANGE_OK, {{0, 7}}},
        {"bytes=0-0,2-2,8-8,1-1", 10, RANGE_OK, {{0, 3}, {8, 1}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void more_than_max(void **state)
{
    static const struct example examples[] = {
        {"bytes=0-0,2-2,4-4,6-6", 10, RANGE_OK, {{0, 1}, {2, 1}, {4, 1}, {6, 1}}},
        {"bytes=0-0,2-2,4-4,6-6,8-8", 10, RANGE_NONE, {{0}}},
        /* the maximum counts after merging and clamping */
        {"bytes=0-0,2-2,4-4,6-6,8-8,7-7", 10, RANGE_OK, {{0, 1}, {2, 1}, {4, 1}, {6, 3}}},
        {"bytes=0-0,2-2,4-4,6-6,10-10", 10, RANGE_OK, {{0, 1}, {2, 1}, {4, 1}, {6, 1}}},
    };
    (void)state;
    CHECK_ALL(examples);
}

/* `n` elements, the i-th for byte 2*i: ascending, descending, or all equal. */
static enum range_result parse_list(size_t n, int step, size_t start, size_t *ret_n)
{
    static char text[200000];
    static struct range got[2000];
    size_t at = (size_t)sprintf(text, "bytes=");
    for (size_t i = 0; i < n; i++) {
        long byte = (long)start + (long)i * step;
        at += (size_t)sprintf(text + at, "%s%ld-%ld", i > 0 ? "," : "", byte, byte);
    }
    return range_parse((struct slice){text, at}, 1000000, got, LENGTH(got), ret_n);
}

static void long_lists(void **state)
{
    size_t n = 0;
    (void)state;
    assert_int_equal(parse_list(1000, 2, 0, &n), RANGE_OK);
    assert_int_equal(n, 1000);
    assert_int_equal(parse_list(1000, -2, 5000, &n), RANGE_OK);
    assert_int_equal(n, 1000);
    assert_int_equal(parse_list(1000, 1, 0, &n), RANGE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(parse_list(1001, 1, 0, &n), RANGE_NONE);
    assert_int_equal(parse_list(10000, 2, 0, &n), RANGE_NONE);
    assert_int_equal(parse_list(10000, 0, 0, &n), RANGE_NONE);
}

/* Compared with a bitmap, for every list of ranges that a small generator produces. */
static void agrees_with_a_bitmap(void **state)
{
    enum { SIZE = 24, LISTS = 20000 };
    uint32_t seed = 1;
    (void)state;
    for (int list = 0; list < LISTS; list++) {
        char text[200];
        bool wanted[SIZE + 1] = {0};
        size_t at = (size_t)sprintf(text, "bytes=");
        seed = seed * 1664525 + 1013904223;
        for (unsigned i = 0, n = 1 + (seed >> 16) % 8; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            unsigned first = (seed >> 24) % (SIZE + 4), last = first + (seed >> 16) % 6;
            at += (size_t)sprintf(text + at, "%s%u-%u", i > 0 ? "," : "", first, last);
            for (unsigned byte = first; byte <= last && byte < SIZE; byte++)
                wanted[byte] = true;
        }

        struct range got[SIZE];
        size_t n = 0;
        bool any = false;
        enum range_result result = range_parse((struct slice){text, at}, SIZE, got, SIZE, &n);
        for (size_t byte = 0, i = 0; byte <= SIZE; byte++) {
            if (i < n && byte >= got[i].off + got[i].len)
                i++; /* the next byte is in no range, because adjacent ranges were merged */
            bool have = i < n && byte >= got[i].off && byte < got[i].off + got[i].len;
            any = any || wanted[byte];
            if (have != wanted[byte])
                fail_msg("\"%s\": byte %zu", text, byte);
        }
        assert_int_equal(result, any ? RANGE_OK : RANGE_UNSATISFIABLE);
        for (size_t i = 1; i < n; i++)
            assert_true(got[i].off > got[i - 1].off + got[i - 1].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_range),
        cmocka_unit_test(clamped_to_the_file),
        cmocka_unit_test(outside_of_the_file),
        cmocka_unit_test(of_an_empty_file),
        cmocka_unit_test(not_well_formed),
        cmocka_unit_test(several_ranges),
        cmocka_unit_test(more_than_max),
        cmocka_unit_test(long_lists),
        cmocka_unit_test(agrees_with_a_bitmap),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
