/* Which dialect the first bytes of a connection mean. */
#include "guard.h"
#include "unit.h"
#include "wire/wire.h"

static void the_first_bytes_tell(void **state)
{
    static const struct {
        const char *in;
        const struct wire *at_first, *at_last; /* while more may come; and once no more does */
        const char *name;                      /* for the plain dialect */
    } cases[] = {
        {"", NULL, &wire_plain, ""},
        {"\n", &wire_plain, &wire_plain, ""},
        {"a.txt", NULL, &wire_plain, "a.txt"},
        {"a.txt\n", &wire_plain, &wire_plain, "a.txt"},
        {"a.txt\r\n", &wire_plain, &wire_plain, "a.txt"},
        {"a.txt\r", NULL, &wire_plain, "a.txt"},
        {"a b c\nmore", &wire_plain, &wire_plain, "a b c"},
        {"GET / HTTP/1.1\r\n", &wire_http1, &wire_http1, NULL},
        {"GET ", &wire_http1, &wire_http1, NULL},
        {"GET", NULL, &wire_plain, "GET"},
        {"GET\n", &wire_plain, &wire_plain, "GET"},
        {"GETTING started\n", &wire_plain, &wire_plain, "GETTING started"},
        {"get / http/1.1\n", &wire_plain, &wire_plain, "get / http/1.1"},
        {"get / HTTP/1.1\r\n", &wire_http1, &wire_http1, NULL},
        {"BREW /pot HTTP/9", NULL, &wire_http1, NULL},
        {"BREW /pot HTTP/9 \n", &wire_http1, &wire_http1, NULL},
        {"HTTP/1.1\n", &wire_plain, &wire_plain, "HTTP/1.1"}, /* nothing before HTTP/: a name like others */
        {"\r\n", NULL, &wire_plain, ""},
        {"\r\nGET / HTTP/1.1\r\n", &wire_http1, &wire_http1, NULL},
        {"\r\n\r\n", NULL, &wire_plain, ""},
        {"\r\n\r\nGET / HTTP/1.1\r\n", &wire_http1, &wire_http1, NULL},
        {"\r\n\r\n\r\nget / HTTP/1.1\r\n", &wire_http1, &wire_http1, NULL},
        {"\r\n\r\nname\r\n", &wire_plain, &wire_plain, ""},
        {"\x16\x03\x01", &wire_tls_refused, &wire_tls_refused, NULL},
        {"\x16", NULL, &wire_plain, "\x16"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        struct slice in = {guard_end(cases[i].in, n), n};
        if (wire_recognise(wires, in, false) != cases[i].at_first ||
            wire_recognise(wires, in, true) != cases[i].at_last)
            fail_msg("case %zu: %s", i, cases[i].in);
        if (cases[i].name && !slice_eq(wire_plain.words(NULL, in).request, slice_of(cases[i].name)))
            fail_msg("case %zu: the name of %s", i, cases[i].in);
        guard_free(in.p, n);
    }
}

static void a_line_without_end_is_a_name_that_is_too_long(void **state)
{
    char line[10000];
    (void)state;
    memset(line, 'a', sizeof line);
    assert_null(wire_recognise(wires, (struct slice){line, 1025}, false));
    assert_ptr_equal(wire_recognise(wires, (struct slice){line, sizeof line}, false), &wire_plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_tell),
        cmocka_unit_test(a_line_without_end_is_a_name_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
