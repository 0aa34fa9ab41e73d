/* The Prefer field. */
#include "unit.h"

#include "guarded.h"
#include "http/prefer.h"

#include <limits.h>

static void wait_is_read(void **state)
{
    static const struct {
        const char *field;
        unsigned seconds;
    } cases[] = {
        {"wait=10", 10},
        {"Wait = 10", 10},
        {"wait=\"10\"", 10},
        {"respond-async, wait=100", 100},
        {"wait=5; why=\"so\", wait=9", 5}, /* the first one counts */
        {"return=minimal;wait=7", 0},
        {"wait=4294967295", UINT_MAX},
        {"wait=18446744073709551615", UINT_MAX},
        {"wait=18446744073709551616", 0},
        {NULL, 0},
        {"", 0},
        {"wait", 0},
        {"wait=", 0},
        {"wait=-1", 0},
        {"wait=1.5", 0},
        {"wait=\"", 0},
        {"waiting=3", 0},
        {"=3", 0},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        if (prefer_wait(guarded_text(cases[i].field)) != cases[i].seconds)
            fail_msg("%s: %u", cases[i].field, prefer_wait(guarded_text(cases[i].field)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wait_is_read)};
    return cmocka_run_group_tests_name("prefer", tests, NULL, NULL);
}
