/* A zip's records: their bytes, and sizes, times and names that a field cannot hold. */
#include "content/zip_record.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static uint64_t le(const struct buf *b, size_t at, size_t bytes)
{
    uint64_t value = 0;
    assert_true(at + bytes <= buf_len(b));
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)b->base[b->start + at + i] << 8 * i;
    return value;
}

enum {
    HEAD_FLAGS = 6,
    HEAD_METHOD = 8,
    HEAD_TIME = 10,
    HEAD_DATE = 12,
    HEAD_SIZE = 22,
    HEAD_EXTRA_LEN = 28,
    HEAD_LEN = 30
};
enum {
    ENTRY_PACKED = 20,
    ENTRY_SIZE = 24,
    ENTRY_EXTRA_LEN = 30,
    ENTRY_MODE = 38,
    ENTRY_OFFSET = 42,
    ENTRY_LEN = 46
};

static struct zip_member some(void)
{
    return (struct zip_member){
        .name = SLICE("top/name"), .modified = 1600000000, .size = 5, .packed = 7, .crc = 0x12345678};
}

static void writes_a_member(void **state)
{
    (void)state;
    struct zip_member m = some();
    struct buf b = buf_new(1024);
    zip_add_head(&b, &m);
    assert_int_equal(le(&b, 0, 4), 0x04034b50);
    assert_int_equal(le(&b, HEAD_FLAGS, 2), 8);
    assert_int_equal(le(&b, HEAD_METHOD, 2), 8);
    assert_int_equal(le(&b, HEAD_SIZE, 4), 0);
    assert_int_equal(buf_len(&b), HEAD_LEN + 8 + 9);
    assert_memory_equal(b.base + HEAD_LEN, "top/nameUT\5\0\1", 13);
    assert_int_equal(le(&b, HEAD_LEN + 13, 4), 1600000000);
    buf_clear(&b);
    zip_add_tail(&b, &m);
    assert_int_equal(buf_len(&b), 16);
    assert_int_equal(le(&b, 4, 4), 0x12345678);
    assert_int_equal(le(&b, 8, 4), 7);
    assert_int_equal(le(&b, 12, 4), 5);
    buf_free(&b);
}

static void has_no_bytes_after_what_is_empty(void **state)
{
    (void)state;
    for (int folder = 0; folder < 2; folder++) {
        struct zip_member m = {.name = SLICE("x"), .folder = folder, .modified = 1600000000};
        struct buf b = buf_new(1024);
        zip_add_head(&b, &m);
        assert_int_equal(le(&b, HEAD_FLAGS, 2), 0);
        assert_int_equal(le(&b, HEAD_METHOD, 2), 0);
        assert_memory_equal(b.base + HEAD_LEN, folder ? "x/" : "xU", 2);
        buf_clear(&b);
        zip_add_tail(&b, &m);
        assert_int_equal(buf_len(&b), 0);
        zip_add_entry(&b, &m);
        assert_int_equal(le(&b, ENTRY_MODE, 4), folder ? 040755u << 16 | 16 : 0100644u << 16);
        buf_free(&b);
    }
}

static void uses_zip64_where_32_bits_are_too_few(void **state)
{
    (void)state;
    struct zip_member m = some();
    struct buf b = buf_new(1024);
    m.size = UINT64_C(1) << 40;
    m.packed = (UINT64_C(1) << 40) + 1;
    m.offset = UINT64_C(1) << 33;
    zip_add_head(&b, &m);
    assert_int_equal(le(&b, HEAD_SIZE, 4), 0xffffffff);
    assert_int_equal(le(&b, HEAD_EXTRA_LEN, 2), 9 + 20);
    assert_int_equal(le(&b, HEAD_LEN + 8 + 9, 4), 1 | 16 << 16);
    buf_clear(&b);
    zip_add_tail(&b, &m);
    assert_int_equal(buf_len(&b), 24);
    assert_int_equal(le(&b, 8, 8), m.packed);
    assert_int_equal(le(&b, 16, 8), m.size);
    buf_clear(&b);
    zip_add_entry(&b, &m);
    assert_int_equal(le(&b, ENTRY_PACKED, 4), 0xffffffff);
    assert_int_equal(le(&b, ENTRY_SIZE, 4), 0xffffffff);
    assert_int_equal(le(&b, ENTRY_OFFSET, 4), 0xffffffff);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9, 4), 1 | 24 << 16);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9 + 4, 8), m.size);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9 + 12, 8), m.packed);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9 + 20, 8), m.offset);
    assert_int_equal(buf_len(&b), ZIP_ENTRY_MAX + 8);
    /* Only its offset is large. */
    m = some();
    m.offset = 0xffffffff;
    buf_clear(&b);
    zip_add_entry(&b, &m);
    assert_int_equal(le(&b, ENTRY_SIZE, 4), 5);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9, 4), 1 | 8 << 16);
    assert_int_equal(le(&b, ENTRY_LEN + 8 + 9 + 4, 8), 0xffffffff);
    buf_free(&b);
}

static void writes_the_end(void **state)
{
    static const struct {
        uint64_t members, at, len;
        size_t bytes;
    } cases[] = {
        {0, 0, 0, 22},
        {65534, 0xfffffffe, 1000, 22},
        {65535, 0, 0, 22 + 76},
        {1, 0xffffffff, 50, 22 + 76},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = buf_new(1024);
        zip_add_end(&b, cases[i].members, cases[i].at, cases[i].len);
        assert_int_equal(buf_len(&b), cases[i].bytes);
        assert_int_equal(le(&b, cases[i].bytes - 22, 4), 0x06054b50);
        if (cases[i].bytes > 22) {
            assert_int_equal(le(&b, 32, 8), cases[i].members);
            assert_int_equal(le(&b, 48, 8), cases[i].at);
            assert_int_equal(le(&b, 56 + 8, 8), cases[i].at + cases[i].len); /* offset of this record */
        }
        buf_free(&b);
    }
}

static void clamps_times(void **state)
{
    static const struct {
        int64_t t;
        unsigned year;
        bool has_seconds;
    } cases[] = {
        {INT64_MIN, 1980, false},
        {-1, 1980, false},
        {0, 1980, true},
        {1600000000, 2020, true},
        {INT32_MAX, 2038, true},
        {INT64_C(1) << 31, 2038, false},
        {4000000000, 2096, false},
        {INT64_C(1) << 33, 2107, false},
        {INT64_C(1) << 56, 2107, false},
        {INT64_MAX, 2107, false},
    };
    static const char *const zones[] = {"UTC0", "A-14", "B12"};
    (void)state;
    for (size_t zone = 0; zone < 3; zone++) {
        setenv("TZ", zones[zone], 1);
        tzset();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct zip_member m = some();
            struct buf b = buf_new(1024);
            m.modified = cases[i].t;
            zip_add_head(&b, &m);
            assert_int_equal(1980 + (le(&b, HEAD_DATE, 2) >> 9), cases[i].year);
            assert_int_equal(le(&b, HEAD_EXTRA_LEN, 2), cases[i].has_seconds ? 9 : 0);
            unsigned date = (unsigned)le(&b, HEAD_DATE, 2), time = (unsigned)le(&b, HEAD_TIME, 2);
            assert_in_range(date >> 5 & 15, 1, 12);
            assert_in_range(date & 31, 1, 31);
            assert_true(time >> 11 < 24 && (time >> 5 & 63) < 60 && (time & 31) < 30);
            buf_free(&b);
        }
    }
}

static void marks_utf8(void **state)
{
    static const struct {
        const char *name;
        bool marked;
    } cases[] = {{"plain", false}, {"gr\xc3\xbc\xc3\x9f", true}, {"not-\xff", false}, {"\xc3", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zip_member m = some();
        struct buf b = buf_new(1024);
        m.name = slice_of(cases[i].name);
        zip_add_head(&b, &m);
        assert_int_equal(le(&b, HEAD_FLAGS, 2) >> 11, cases[i].marked);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_member),
        cmocka_unit_test(has_no_bytes_after_what_is_empty),
        cmocka_unit_test(uses_zip64_where_32_bits_are_too_few),
        cmocka_unit_test(writes_the_end),
        cmocka_unit_test(clamps_times),
        cmocka_unit_test(marks_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
