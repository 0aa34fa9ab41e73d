/* Buffers: bytes come out in order, and the maximum holds for every request. */
#include "base/buf.h"
#include "unit.h"

static void holds_what_was_added(void **state)
{
    struct buf b = buf_new(100);
    (void)state;
    assert_true(slice_eq(buf_slice(&b), SLICE("")));
    buf_add(&b, SLICE("GET "));
    buf_add(&b, SLICE(""));
    buf_printf(&b, "/%s?%d", "name", 7);
    assert_true(slice_eq(buf_slice(&b), SLICE("GET /name?7")));
    buf_consume(&b, 4);
    assert_true(slice_eq(buf_slice(&b), SLICE("/name?7")));
    assert_int_equal(buf_space(&b), 93);
    assert_false(b.failed);
    buf_free(&b);
    assert_int_equal(buf_len(&b), 0);
    buf_add(&b, SLICE("again"));
    assert_true(slice_eq(buf_slice(&b), SLICE("again")));
    buf_free(&b);
}

static void refuses_what_passes_the_maximum_and_remembers(void **state)
{
    struct buf b = buf_new(8);
    (void)state;
    buf_add(&b, SLICE("12345678"));
    assert_false(b.failed);
    assert_int_equal(buf_space(&b), 0);
    buf_add(&b, SLICE("9"));
    assert_true(b.failed);
    assert_true(slice_eq(buf_slice(&b), SLICE("12345678")));
    assert_null(buf_reserve(&b, SIZE_MAX));
    buf_consume(&b, 8);
    buf_add(&b, SLICE("fits"));
    assert_true(b.failed); /* stays set: a writer checks once, at the end */
    buf_free(&b);
    assert_false(b.failed);
}

static void uses_the_room_in_front_again(void **state)
{
    enum { MAX = 4096 };
    struct buf b = buf_new(MAX);
    uint32_t next_in = 0, next_out = 0;
    (void)state;
    /* A thousand times the maximum passes through, a few numbers at a time. */
    while (next_out < 1000 * MAX / sizeof next_in) {
        for (unsigned i = 0; i < 1 + next_in % 700 && buf_space(&b) >= sizeof next_in; i++, next_in++)
            buf_add(&b, (struct slice){(const char *)&next_in, sizeof next_in});
        for (unsigned i = 0; i < 1 + next_in % 500 && buf_len(&b) > 0; i++, next_out++) {
            uint32_t value;
            memcpy(&value, buf_slice(&b).p, sizeof value);
            assert_int_equal(value, next_out);
            buf_consume(&b, sizeof value);
        }
        assert_true(b.cap <= MAX);
    }
    assert_false(b.failed);
    buf_free(&b);
}

static void reserved_room_can_be_filled_to_its_end(void **state)
{
    struct buf b = buf_new(10000);
    (void)state;
    char *to = buf_reserve(&b, 3000);
    assert_non_null(to);
    assert_true(buf_tail(&b) >= 3000);
    memset(to, 'x', buf_tail(&b)); /* sanitizers check the end */
    buf_grew(&b, 3000);
    assert_int_equal(buf_len(&b), 3000);
    buf_free(&b);
}

static void writes_numbers(void **state)
{
    struct buf b = buf_new(100);
    (void)state;
    buf_add_number(&b, 0);
    buf_add(&b, SLICE(" "));
    buf_add_number(&b, 1050);
    buf_add(&b, SLICE(" "));
    buf_add_number(&b, UINT64_MAX);
    assert_true(slice_eq(buf_slice(&b), SLICE("0 1050 18446744073709551615")));
    buf_free(&b);
}

static void cleared_it_begins_anew_in_the_same_memory(void **state)
{
    struct buf b = buf_new(8);
    (void)state;
    buf_add(&b, SLICE("12345"));
    char *base = b.base;
    buf_consume(&b, 2);
    buf_add(&b, SLICE("this is too long"));
    assert_true(b.failed);
    buf_clear(&b);
    assert_false(b.failed);
    assert_int_equal(buf_len(&b), 0);
    buf_add(&b, SLICE("12345678"));
    assert_ptr_equal(b.base, base);
    assert_true(slice_eq(buf_slice(&b), SLICE("12345678")));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_was_added),
        cmocka_unit_test(refuses_what_passes_the_maximum_and_remembers),
        cmocka_unit_test(uses_the_room_in_front_again),
        cmocka_unit_test(writes_numbers),
        cmocka_unit_test(cleared_it_begins_anew_in_the_same_memory),
        cmocka_unit_test(reserved_room_can_be_filled_to_its_end),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
