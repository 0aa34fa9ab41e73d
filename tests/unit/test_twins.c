/* Names that differ only by case. */
#include "client/twins.h"
#include "unit.h"

static void only_where_the_file_system_folds(void **state)
{
    (void)state;
    struct twins t = {.folds = false};
    assert_int_equal(twins_add(&t, "a"), SEEN_NEW);
    assert_int_equal(twins_add(&t, "A"), SEEN_NEW);
    t.folds = true;
    assert_int_equal(twins_add(&t, "a/b"), SEEN_NEW);
    assert_int_equal(twins_add(&t, "a/B"), SEEN_BEFORE);
    assert_int_equal(twins_add(&t, "A/c"), SEEN_NEW);
    assert_int_equal(twins_add(&t, "a/C"), SEEN_BEFORE);
    assert_int_equal(twins_add(&t, "\xc3\xa4"), SEEN_NEW); /* ä and Ä */
    assert_int_equal(twins_add(&t, "\xc3\x84"), SEEN_BEFORE);
    assert_int_equal(twins_add(&t, "\xc4"), SEEN_NEW); /* no UTF-8 */
    assert_int_equal(twins_add(&t, "\xe4"), SEEN_NEW);
    twins_free(&t);
}

static void this_file_system_is_tried(void **state)
{
    (void)state;
    struct twins t;
    twins_begin(&t, -1);
    assert_false(t.folds);
    twins_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_where_the_file_system_folds),
        cmocka_unit_test(this_file_system_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
