/* A set of names. */
#include "client/name_set.h"
#include "unit.h"

#include <stdio.h>

#define MANY 100000

static void each_name_is_new_once(void **state)
{
    (void)state;
    struct name_set s = {.n = 0};
    char name[32];
    assert_false(name_set_has(&s, SLICE("")));
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        assert_int_equal(name_set_add(&s, slice_of(name)), NAME_SET_NEW);
    }
    for (int i = 0; i < 2 * MANY; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        assert_int_equal(name_set_has(&s, slice_of(name)), i < MANY);
    }
    assert_int_equal(name_set_add(&s, SLICE("d/7")), NAME_SET_BEFORE);
    assert_int_equal(s.n, MANY);
    assert_true(s.cap <= 4 * MANY);
    name_set_free(&s);
    assert_false(name_set_has(&s, SLICE("d/7")));
}

/* The bound, without four million names. */
static void it_has_a_bound(void **state)
{
    (void)state;
    struct name_set s = {.n = 0};
    assert_int_equal(name_set_add(&s, SLICE("a")), NAME_SET_NEW);
    s.n = NAME_SET_MOST;
    assert_int_equal(name_set_add(&s, SLICE("b")), NAME_SET_FULL);
    name_set_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_new_once),
        cmocka_unit_test(it_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
