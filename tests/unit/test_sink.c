/* The sink for content that nobody wants. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_as_much_as_it_says),
    };
    return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
