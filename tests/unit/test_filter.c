/* --include and --exclude: which names a pattern matches. */
#include "client/filter.h"
#include "unit.h"

static void patterns_match_names_or_paths(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool folder, excluded;
    } cases[] = {
        {"*.txt", "a.txt", false, true},
        {"*.txt", "d/a.txt", false, true},
        {"*.txt", "a.txt.gz", false, false},
        {"*.txt", "d.txt/a", false, true}, /* a folder that matches has all that is in it */
        {"d", "d/e/f", false, true},
        {"d", "ad/e", false, false},
        {"d/", "d", true, true},
        {"d/", "d", false, false},
        {"d/", "d/f", false, true},
        {"d/*", "d/f", false, true},
        {"d/*", "d/e/f", false, true}, /* as d/e matches */
        {"d/*", "x/d/f", false, false},
        {"d/*.c", "d/e/f.c", false, false}, /* a star matches no slash */
        {"/d", "d", false, true},
        {"/d", "x/d", false, false},
        {"?", "x", false, true},
        {"[a-c]", "b", false, true},
        {"[a-c]", "d", false, false},
        {"*", ".hidden", false, true},
        {"", "a", false, false},
        {"/", "a", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *patterns[] = {cases[i].pattern};
        struct filter p = {.exclude = patterns, .n_exclude = 1};
        if (filter_excludes(&p, cases[i].path, cases[i].folder) != cases[i].excluded)
            fail_msg("%s, %s", cases[i].pattern, cases[i].path);
        p = (struct filter){.include = patterns, .n_include = 1};
        assert_int_equal(filter_includes(&p, cases[i].path, cases[i].folder), cases[i].excluded);
    }
}

static void without_patterns_all_is_wanted(void **state)
{
    (void)state;
    struct filter p = {.n_include = 0};
    assert_true(filter_includes(&p, "a/b", false) && !filter_excludes(&p, "a/b", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_names_or_paths),
        cmocka_unit_test(without_patterns_all_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
