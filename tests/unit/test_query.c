/* Parameters of a query. */
#include "guarded.h"
#include "http/query.h"
#include "unit.h"

static void finds_and_decodes(void **state)
{
    static const struct {
        const char *query, *name, *value; /* NULL: there is none */
    } cases[] = {
        {"", "a", NULL},
        {"a=1", "a", "1"},
        {"b=2&a=1", "a", "1"},
        {"a=1&a=2", "a", "1"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"ab=1", "a", NULL},
        {"A=1", "a", NULL},
        {"a=b=c", "a", "b=c"},
        {"a=x+y%20z%2B", "a", "x y z+"},
        {"a=%zz", "a", NULL},
        {"a=%00", "a", NULL},
        {"&&a=1", "a", "1"},
        {"a=0123456789abcde", "a", "0123456789abcde"},
        {"a=0123456789abcdef", "a", NULL}, /* one too many for the room below */
        {"a=%30%31%32%33%34%35%36%37%38%39%61%62%63%64%65", "a", "0123456789abcde"},
        {"a=%30%31%32%33%34%35%36%37%38%39%61%62%63%64%65f", "a", NULL},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char room[16];
        struct slice value;
        bool found =
            query_get(guarded_text(cases[i].query), slice_of(cases[i].name), room, sizeof room, &value);
        if (found != (cases[i].value != NULL) || (found && !slice_eq(value, slice_of(cases[i].value))))
            fail_msg("case %zu: %s", i, cases[i].query);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_and_decodes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
