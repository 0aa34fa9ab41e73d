/* A set of names. */
#include "client/seen.h"
#include "unit.h"

#include <stdio.h>

#define MANY 100000

static void each_name_is_new_once(void **state)
{
    (void)state;
    struct seen s = {.n = 0};
    char name[32];
    assert_false(seen_has(&s, SLICE("")));
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        assert_int_equal(seen_add(&s, slice_of(name)), SEEN_NEW);
    }
    for (int i = 0; i < 2 * MANY; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        assert_int_equal(seen_has(&s, slice_of(name)), i < MANY);
    }
    assert_int_equal(seen_add(&s, SLICE("d/7")), SEEN_BEFORE);
    assert_int_equal(s.n, MANY);
    assert_true(s.cap <= 4 * MANY);
    seen_free(&s);
    assert_false(seen_has(&s, SLICE("d/7")));
}

/* The bound, without four million names. */
static void it_has_a_bound(void **state)
{
    (void)state;
    struct seen s = {.n = 0};
    assert_int_equal(seen_add(&s, SLICE("a")), SEEN_NEW);
    s.n = SEEN_MOST;
    assert_int_equal(seen_add(&s, SLICE("b")), SEEN_FULL);
    seen_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_new_once),
        cmocka_unit_test(it_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
