/* Names that differ only by case. */
#include "client/case_clash.h"
#include "unit.h"

static void only_where_the_file_system_folds(void **state)
{
    (void)state;
    struct case_clash t = {.folds = false};
    assert_int_equal(case_clash_add(&t, "a"), NAME_SET_NEW);
    assert_int_equal(case_clash_add(&t, "A"), NAME_SET_NEW);
    t.folds = true;
    assert_int_equal(case_clash_add(&t, "a/b"), NAME_SET_NEW);
    assert_int_equal(case_clash_add(&t, "a/B"), NAME_SET_BEFORE);
    assert_int_equal(case_clash_add(&t, "A/c"), NAME_SET_NEW);
    assert_int_equal(case_clash_add(&t, "a/C"), NAME_SET_BEFORE);
    assert_int_equal(case_clash_add(&t, "\xc3\xa4"), NAME_SET_NEW); /* ä and Ä */
    assert_int_equal(case_clash_add(&t, "\xc3\x84"), NAME_SET_BEFORE);
    assert_int_equal(case_clash_add(&t, "\xc4"), NAME_SET_NEW); /* no UTF-8 */
    assert_int_equal(case_clash_add(&t, "\xe4"), NAME_SET_NEW);
    case_clash_free(&t);
}

static void this_file_system_is_tried(void **state)
{
    (void)state;
    struct case_clash t;
    case_clash_begin(&t, -1);
    assert_false(t.folds);
    case_clash_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_where_the_file_system_folds),
        cmocka_unit_test(this_file_system_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
