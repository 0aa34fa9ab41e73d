/* Heads of a tar archive's members. */
#include "content/tar.h"
#include "guarded.h"
#include "unit.h"

#include <stdlib.h>

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X100 X50 X50
#define X150 X100 X50

/* The field at `at`, NUL-terminated or full. */
static struct slice field(const char *h, size_t at, size_t n)
{
    return (struct slice){h + at, strnlen(h + at, n)};
}

static unsigned sum_of(const char *h)
{
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
    return sum;
}

static void check_sealed(const char *h)
{
    char sum[8];
    snprintf(sum, sizeof sum, "%06o", sum_of(h));
    assert_string_equal(h + 148, sum);
    assert_memory_equal(h + 257, "ustar\00000", 8);
}

static void writes_heads(void **state)
{
    static const struct {
        const char *path;
        bool folder;
        uint64_t size;
        int64_t modified;
        const char *prefix, *name, *octal_size, *octal_time, *pax; /* pax NULL: there is none */
    } cases[] = {
        {"a", false, 5, 1, "", "a", "00000000005", "00000000001", NULL},
        {"a", true, 0, 1, "", "a/", "00000000000", "00000000001", NULL},
        {"a b\nc", false, 0, 0, "", "a b\nc", "00000000000", "00000000000", NULL},
        {X100, false, 0, 0, "", X100, "00000000000", "00000000000", NULL},
        /* With its slash, a folder's name is one byte longer. */
        {X100, true, 0, 0, "", X100, "00000000000", "00000000000", "111 path=" X100 "/\n"},
        {X100 "x", false, 0, 0, "", X100, "00000000000", "00000000000", "111 path=" X100 "x\n"},
        {X50 "/" X100, false, 0, 0, X50, X100, "00000000000", "00000000000", NULL},
        {X50 "/" X50 "/" X50, true, 0, 0, X50 "/" X50, X50 "/", "00000000000", "00000000000", NULL},
        {X150 "/" X100, false, 0, 0, X150, X100, "00000000000", "00000000000", NULL},
        {X150 "xxxxxx/" X10, false, 0, 0, "", X100, "00000000000", "00000000000",
         "177 path=" X150 "xxxxxx/" X10 "\n"},
        {"gr\xc3\xbc\xc3\x9f", false, 0, 0, "", "gr\xc3\xbc\xc3\x9f", "00000000000", "00000000000",
         "15 path=gr\xc3\xbc\xc3\x9f\n"},
        /* Not UTF-8: the bytes of the ustar header are taken as they are ... */
        {"a\xff", false, 0, 0, "", "a\xff", "00000000000", "00000000000", NULL},
        /* ... and a pax record must say that it is binary. */
        {X100 "\xff", false, 0, 0, "", X100, "00000000000", "00000000000",
         "21 hdrcharset=BINARY\n111 path=" X100 "\xff\n"},
        {"a", false, 077777777777, 0, "", "a", "77777777777", "00000000000", NULL},
        {"a", false, 0100000000000, 0, "", "a", "00000000000", "00000000000", "19 size=8589934592\n"},
        {"a", false, 0, 0100000000000, "", "a", "00000000000", "00000000000", "20 mtime=8589934592\n"},
        {"a", false, 0, -1, "", "a", "00000000000", "00000000000", "12 mtime=-1\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char to[TAR_HEAD_MAX];
        memset(to, 'Z', sizeof to);
        struct tar_member m = {.path = guarded_text(cases[i].path),
                               .folder = cases[i].folder,
                               .size = cases[i].size,
                               .modified = cases[i].modified};
        size_t n = tar_head(&m, to);
        const char *h = to + n - TAR_BLOCK;
        print_message("case %zu\n", i);
        assert_int_equal(n, cases[i].pax ? 3 * TAR_BLOCK : TAR_BLOCK);
        if (cases[i].pax) {
            char size[12];
            snprintf(size, sizeof size, "%011o", (unsigned)strlen(cases[i].pax));
            check_sealed(to);
            assert_int_equal(to[156], 'x');
            assert_string_equal(to + 124, size);
            assert_string_equal(to + TAR_BLOCK, cases[i].pax);
        }
        check_sealed(h);
        assert_true(slice_eq(field(h, 0, 100), slice_of(cases[i].name)));
        assert_true(slice_eq(field(h, 345, 155), slice_of(cases[i].prefix)));
        assert_string_equal(h + 124, cases[i].octal_size);
        assert_string_equal(h + 136, cases[i].octal_time);
        assert_string_equal(h + 100, cases[i].folder ? "0000755" : "0000644");
        assert_int_equal(h[156], cases[i].folder ? '5' : '0');
        if (n < sizeof to)
            assert_int_equal(to[n], 'Z');
    }
}

/* The length of a record includes its own digits: at 9, 98 and 997 bytes without them it has one more. */
static void counts_records(void **state)
{
    (void)state;
    for (size_t len = 101; len <= TAR_PATH_MAX; len++) {
        static char path[TAR_PATH_MAX], to[TAR_HEAD_MAX];
        memset(path, 'x', len);
        struct tar_member m = {.path = {path, len}, .size = 1ull << 40, .modified = -1};
        size_t n = tar_head(&m, to), record = strtoul(to + TAR_BLOCK, NULL, 10);
        assert_true(n <= sizeof to && n % TAR_BLOCK == 0);
        assert_int_equal(to[TAR_BLOCK + record - 1], '\n');
        assert_memory_equal(to + TAR_BLOCK + record - 1 - len, path, len);
        assert_memory_equal(to + TAR_BLOCK + record, "22 size=1099511627776\n12 mtime=-1\n", 34);
    }
}

static void says_more_if_asked(void **state)
{
    static const struct sha256_digest digest = {{0xab}};
    static const struct {
        struct tar_member member;
        const char *octal_time, *pax;
    } cases[] = {
        {{{"a", 1}, .modified = 5, .modified_ns = 7}, "00000000005", "21 mtime=5.000000007\n"},
        {{{"a", 1}, .modified = 1ll << 33, .modified_ns = 7},
         "00000000000",
         "30 mtime=8589934592.000000007\n"},
        {{{"a", 1}, .modified = -2, .modified_ns = 999999999}, "00000000000", "22 mtime=-1.000000001\n"},
        {{{"a", 1}, .modified = -1, .modified_ns = 500000000}, "00000000000", "22 mtime=-0.500000000\n"},
        {{{"a", 1}, .modified = INT64_MIN, .modified_ns = 1},
         "00000000000",
         "40 mtime=-9223372036854775807.999999999\n"},
        {{{"a", 1}, .digest = &digest},
         "00000000000",
         "81 FERRY.sha256=ab00000000000000000000000000000000000000000000000000000000000000\n"},
        {{{"a", 1}, .error = "gone"}, "00000000000", "20 FERRY.error=gone\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char to[TAR_HEAD_MAX];
        assert_int_equal(tar_head(&cases[i].member, to), 3 * TAR_BLOCK);
        assert_string_equal(to + TAR_BLOCK, cases[i].pax);
        assert_string_equal(to + 2 * TAR_BLOCK + 136, cases[i].octal_time);
        check_sealed(to);
        check_sealed(to + 2 * TAR_BLOCK);
    }
}

static void has_room_for_all_of_it(void **state)
{
    static const struct sha256_digest digest;
    static char path[TAR_PATH_MAX], to[TAR_HEAD_MAX];
    (void)state;
    memset(path, '\xff', sizeof path);
    size_t n = tar_head(&(struct tar_member){.path = {path, sizeof path},
                                             .size = UINT64_MAX,
                                             .modified = INT64_MIN,
                                             .modified_ns = 1,
                                             .digest = &digest,
                                             .error = "changed"},
                        to);
    assert_int_equal(n, TAR_HEAD_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_heads),
        cmocka_unit_test(counts_records),
        cmocka_unit_test(says_more_if_asked),
        cmocka_unit_test(has_room_for_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
