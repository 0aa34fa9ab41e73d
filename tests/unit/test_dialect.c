/* What the first bytes of a connection are taken for. */
#include "guard.h"
#include "server/dialect.h"
#include "unit.h"

static void the_first_bytes_tell(void **state)
{
    static const struct {
        const char *in;
        enum dialect at_first, at_last; /* while more may come; once no more does */
        const char *name;               /* when it is plain */
    } cases[] = {
        {"", DIALECT_UNKNOWN, DIALECT_PLAIN, ""},
        {"\n", DIALECT_PLAIN, DIALECT_PLAIN, ""},
        {"a.txt", DIALECT_UNKNOWN, DIALECT_PLAIN, "a.txt"},
        {"a.txt\n", DIALECT_PLAIN, DIALECT_PLAIN, "a.txt"},
        {"a.txt\r\n", DIALECT_PLAIN, DIALECT_PLAIN, "a.txt"},
        {"a.txt\r", DIALECT_UNKNOWN, DIALECT_PLAIN, "a.txt"},
        {"a b c\nmore", DIALECT_PLAIN, DIALECT_PLAIN, "a b c"},
        {"GET / HTTP/1.1\r\n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"GET ", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"GET", DIALECT_UNKNOWN, DIALECT_PLAIN, "GET"},
        {"GET\n", DIALECT_PLAIN, DIALECT_PLAIN, "GET"},
        {"GETTING started\n", DIALECT_PLAIN, DIALECT_PLAIN, "GETTING started"},
        {"get / http/1.1\n", DIALECT_PLAIN, DIALECT_PLAIN, "get / http/1.1"},
        {"get / HTTP/1.1\r\n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"BREW /pot HTTP/9", DIALECT_UNKNOWN, DIALECT_HTTP, NULL},
        {"BREW /pot HTTP/9 \n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"HTTP/1.1\n", DIALECT_PLAIN, DIALECT_PLAIN,
         "HTTP/1.1"}, /* no word in front: a name like any other */
        {"\r\n", DIALECT_UNKNOWN, DIALECT_PLAIN, ""},
        {"\r\nGET / HTTP/1.1\r\n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"\r\n\r\n", DIALECT_UNKNOWN, DIALECT_PLAIN, ""},
        {"\r\n\r\nGET / HTTP/1.1\r\n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"\r\n\r\n\r\nget / HTTP/1.1\r\n", DIALECT_HTTP, DIALECT_HTTP, NULL},
        {"\r\n\r\nname\r\n", DIALECT_PLAIN, DIALECT_PLAIN, ""},
        {"\x16\x03\x01", DIALECT_TLS, DIALECT_TLS, NULL},
        {"\x16", DIALECT_UNKNOWN, DIALECT_PLAIN, "\x16"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].in);
        struct slice in = {guard_end(cases[i].in, n), n};
        if (dialect_detect(in, false) != cases[i].at_first || dialect_detect(in, true) != cases[i].at_last)
            fail_msg("case %zu: %s", i, cases[i].in);
        if (cases[i].name && !slice_eq(dialect_plain_name(in), slice_of(cases[i].name)))
            fail_msg("case %zu: the name of %s", i, cases[i].in);
        guard_free(in.p, n);
    }
}

static void a_line_without_end_is_a_name_that_is_too_long(void **state)
{
    char line[10000];
    (void)state;
    memset(line, 'a', sizeof line);
    assert_int_equal(dialect_detect((struct slice){line, 1025}, false), DIALECT_UNKNOWN);
    assert_int_equal(dialect_detect((struct slice){line, sizeof line}, false), DIALECT_PLAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_tell),
        cmocka_unit_test(a_line_without_end_is_a_name_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
