/* Which link of a Link field is found. */
#include "guarded.h"
#include "http/link.h"
#include "unit.h"

#define META "application/metalink4+xml"
#define GOOD "rel=describedby; type=\"" META "\""

static const struct {
    const char *field, *target; /* NULL: none is found */
} cases[] = {
    {"<f?format=metalink>; " GOOD, "f?format=metalink"},
    {"<a,b;c>;" GOOD, "a,b;c"},
    {" <a> ; rel = describedby ; type = \"" META "\" ", "a"},
    {"<a>; type=\"" META "\"; REL=\"DescribedBy\"", "a"},
    {"<a>; rel=\"next describedby\"; type=\"application/Metalink4+XML\"", "a"},
    {"<>; " GOOD, ""},
    {"<x>; rel=next, <a>; " GOOD, "a"},
    {"<x>; rel=next; title=\"a, <b>; \\\"c\", <a>; " GOOD, "a"},
    {"<a>; " GOOD ", <b>; " GOOD, "a"},
    {",, <a>; " GOOD ",", "a"},
    {"<a>; crossorigin; " GOOD, "a"},
    {"<a>;; " GOOD ";", "a"},
    {"", NULL},
    {"<a>", NULL},
    {"<a>; rel=describedby", NULL},
    {"<a>; type=\"" META "\"", NULL},
    {"<a>; rel=describedby; type=\"text/html\"", NULL},
    {"<a>; rel=describedbyx; type=\"" META "\"", NULL},
    {"<a>; rel=next; " GOOD, NULL},
    {"<a>; anchor=\"#x\"; " GOOD, NULL},
    {"<a; " GOOD, NULL},
    {"a>; " GOOD, NULL},
    {"<x> <a>; " GOOD, NULL},
    {"<x>; title=\"open, <a>; " GOOD "; x=\"", NULL},
    {"<x>; title=\"open, <a>; rel=describedby", NULL},
    {"<x>; title=\"\\", NULL},
    {"<x>; rel=, <a>; " GOOD, NULL},
    {"<a>; " GOOD " x", NULL},
};

static void the_link_is_found_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct slice target;
        bool found = link_find(guarded_text(cases[i].field), SLICE("describedby"), SLICE(META), &target);
        if (found != (cases[i].target != NULL) || (found && !slice_eq(target, slice_of(cases[i].target))))
            fail_msg("case %zu: %s", i, cases[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_link_is_found_or_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
