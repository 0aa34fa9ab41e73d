/* The first entries of many. */
#include "content/selection.h"
#include "guarded.h"
#include "unit.h"

#include <stdio.h>

/* `step` has no common divisor with 1009, so each number comes once; 1 and 1008 are ascending and
 * descending. */
static void keeps_the_first(void **state)
{
    static const unsigned steps[] = {1, 7, 500, 1008};
    static const unsigned keeps[] = {1, 2, 63, 64, 65, 1008, 1009, 5000};
    (void)state;
    for (size_t i = 0; i < LENGTH(steps); i++) {
        for (size_t j = 0; j < LENGTH(keeps); j++) {
            struct selection s = {.keep = keeps[j]};
            for (unsigned n = 0; n < 1009; n++) {
                char name[16];
                snprintf(name, sizeof name, "n%u", n * steps[i] % 1009);
                struct entry e = {.name = name};
                if (selection_wants(&s, &e))
                    assert_true(selection_add(&s, &e));
                assert_true(s.cap <= 2 * s.keep);
            }
            selection_sort(&s);
            assert_int_equal(s.count, keeps[j] < 1009 ? keeps[j] : 1009);
            for (unsigned n = 0; n < s.count; n++) {
                char name[16];
                snprintf(name, sizeof name, "n%u", n);
                assert_string_equal(s.entries[n].name, name);
            }
            selection_free(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_the_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
