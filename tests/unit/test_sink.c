/* The sinks for content that nobody wants, and for what is kept in memory. */
#include "content/sink.h"
#include "unit.h"

static void takes_as_much_as_it_says(void **state)
{
    struct sink_discard d;
    struct sink *s = sink_begin_discard(&d, 10);
    size_t n;
    (void)state;
    assert_int_equal(s->most, 10);
    assert_int_equal(s->ops->take(s, SLICE("0123"), &n), IO_OK);
    assert_int_equal(n, 4);
    assert_int_equal(s->ops->take(s, SLICE("456789"), &n), IO_OK);
    assert_int_equal(n, 6);
    assert_int_equal(s->ops->finish(s), IO_OK);
    assert_int_equal(s->ops->take(s, SLICE("a"), &n), IO_FAIL);
    assert_int_equal(s->status, 413);
    sink_close(s);
    sink_close(NULL);
}

static void collects_as_much_as_fits(void **state)
{
    struct sink_collect c;
    struct buf into = buf_new(10);
    struct sink *s = sink_begin_collect(&c, &into);
    size_t n;
    (void)state;
    assert_int_equal(s->most, 10);
    assert_int_equal(s->ops->take(s, SLICE("0123"), &n), IO_OK);
    assert_int_equal(n, 4);
    assert_int_equal(s->ops->take(s, SLICE("456789"), &n), IO_OK);
    assert_int_equal(s->ops->finish(s), IO_OK);
    assert_true(slice_eq(buf_slice(&into), SLICE("0123456789")));
    assert_int_equal(s->ops->take(s, SLICE("a"), &n), IO_FAIL);
    assert_int_equal(s->status, 413);
    sink_close(s);
    buf_free(&into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_as_much_as_it_says),
        cmocka_unit_test(collects_as_much_as_fits),
    };
    return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
