/* Names of files below a folder, as the body of a request. */
#include "guarded.h"
#include "http/names.h"
#include "unit.h"

#include <stdlib.h>

static void reads_lists(void **state)
{
    static const struct {
        struct slice body;
        bool ok;
    } cases[] = {
        {SLICE(""), true},
        {SLICE("a\0"), true},
        {SLICE("a\0b/c d\0a\0"), true},
        {SLICE("...\0.a\0a..\0-x\0\xff\n\0"), true},
        /* the last name is not ended: it may have been longer */
        {SLICE("a"), false},
        {SLICE("a\0b"), false},
        {SLICE("\0"), false},
        {SLICE("a\0\0"), false},
        {SLICE("/a\0"), false},
        {SLICE("a/\0"), false},
        {SLICE("/\0"), false},
        {SLICE("a//b\0"), false},
        {SLICE(".\0"), false},
        {SLICE("a/./b\0"), false},
        {SLICE("..\0"), false},
        {SLICE("a\0../b\0"), false},
        {SLICE("a/..\0"), false},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(names_ok(guarded(cases[i].body)), cases[i].ok);
}

static void a_name_has_a_length(void **state)
{
    char *body = calloc(1, NAMES_NAME_MAX + 2);
    (void)state;
    memset(body, 'x', NAMES_NAME_MAX);
    assert_true(names_ok((struct slice){body, NAMES_NAME_MAX + 1}));
    body[NAMES_NAME_MAX] = 'x';
    assert_false(names_ok((struct slice){body, NAMES_NAME_MAX + 2}));
    free(body);
}

static void knows_its_type(void **state)
{
    (void)state;
    assert_true(names_is_type(SLICE("application/vnd.ferry.names")));
    assert_true(names_is_type(SLICE("Application/Vnd.Ferry.Names ;x=y")));
    assert_false(names_is_type(SLICE("application/vnd.ferry.name")));
    assert_false(names_is_type(SLICE("application/x-www-form-urlencoded")));
    assert_false(names_is_type(SLICE("")));
    assert_false(names_is_type((struct slice){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(a_name_has_a_length),
        cmocka_unit_test(knows_its_type),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
