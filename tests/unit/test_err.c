/* Errors: the status is returned, the text is set, and a long text is cut. */
#include "base/err.h"
#include "unit.h"

static void carries_status_and_text(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(err_set(&e, STATUS_NOT_FOUND, "%s is not there (try '%s')", "a", "ls"),
                     STATUS_NOT_FOUND);
    assert_int_equal(e.status, STATUS_NOT_FOUND);
    assert_string_equal(e.text, "a is not there (try 'ls')");
}

static void cuts_a_long_text(void **state)
{
    struct err e;
    (void)state;
    err_set(&e, STATUS_FAILED, "%*s", 5000, "x");
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

/* Scripts depend on these numbers (design, "The command line"). */
static void the_numbers_are_a_promise(void **state)
{
    (void)state;
    assert_int_equal(STATUS_DONE, 0);
    assert_int_equal(STATUS_FAILED, 1);
    assert_int_equal(STATUS_USAGE, 2);
    assert_int_equal(STATUS_NOT_FOUND, 3);
    assert_int_equal(STATUS_NOT_ALLOWED, 4);
    assert_int_equal(STATUS_NETWORK, 5);
    assert_int_equal(STATUS_MISMATCH, 6);
    assert_int_equal(STATUS_LOCAL_DISK, 7);
    assert_int_equal(STATUS_WOULD_REPLACE, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_status_and_text),
        cmocka_unit_test(cuts_a_long_text),
        cmocka_unit_test(the_numbers_are_a_promise),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
