/* The fields of digests. */
#include "unit.h"

#include "guarded.h"
#include "http/digest.h"

/* Of "abc". */
#define ABC "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
#define ABC_OPEN "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"
#define OTHER "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

typedef bool parser(struct slice field, struct sha256_digest *ret);
typedef bool asker(struct slice field);

struct parse_case {
    const char *field;
    bool right;
};

static void check_parse(parser *parse, const struct parse_case *cases, size_t n)
{
    struct sha256_digest abc = sha256_of(SLICE("abc")), d;
    for (size_t i = 0; i < n; i++) {
        bool right = parse(guarded_text(cases[i].field), &d) && sha256_eq(&d, &abc);
        if (right != cases[i].right)
            fail_msg("%s: %s", cases[i].field, right ? "taken" : "not taken");
    }
}

static void parsed(void **state)
{
    static const struct parse_case cases[] = {
        {"sha-256=:" ABC ":", true},
        {"  sha-256=:" ABC ":\t", true},
        {"sha-256=:" ABC_OPEN ":", true},
        {"sha-512=:YQ==:, sha-256=:" ABC ":", true},
        {"sha-256=:" ABC ":,sha-512=:YQ==:", true},
        {"sha-256=:" ABC ":;from=\"a, \\\"b\\\"\";x;y=?1", true},
        /* members of every kind are read past */
        {"a, b=?0, c=-1, d=1.5, e=\"x,y\", f=to*k/en:, g=(1 \"a\" b;c=2);d, *h=(), sha-256=:" ABC ":", true},
        /* the last one counts */
        {"sha-256=:" OTHER ":, sha-256=:" ABC ":", true},
        {"sha-256=:" ABC ":, sha-256=:" OTHER ":", false},
        {"sha-256=:" ABC ":, sha-256", false},
        /* none, or of another kind */
        {NULL, false},
        {"", false},
        {"sha-512=:YQ==:", false},
        {"sha-2567=:" ABC ":", false},
        {"sha-256=\"" ABC "\"", false},
        {"sha-256=" ABC, false},
        {"sha-256=(:" ABC ":)", false},
        {"sha-256=::", false},
        {"sha-256=:YQ==:", false},
        {"sha-256=:" ABC "=:", false},
        {"sha-256=:" ABC_OPEN "A:", false},
        {"sha-256=:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=:", false}, /* that is base64url */
        /* one wrong byte, and nothing of the field is believed */
        {"SHA-256=:" ABC ":", false},
        {"sha-256=:" ABC, false},
        {"sha-256= :" ABC ":", false},
        {"sha-256=:" ABC ":,", false},
        {",sha-256=:" ABC ":", false},
        {"sha-256=:" ABC ": x", false},
        {"sha-256=:" ABC ":;", false},
        {"sha-256=:" ABC ":, a=", false},
        {"sha-256=:" ABC ":, a=\"", false},
        {"sha-256=:" ABC ":, a=\"x", false},
        {"sha-256=:" ABC ":, a=\"\\", false},
        {"sha-256=:" ABC ":, a=\"\\x\"", false},
        {"sha-256=:" ABC ":, a=(1", false},
        {"sha-256=:" ABC ":, a=(1\"x\")", false},
        {"sha-256=:" ABC ":, a=?2", false},
        {"sha-256=:" ABC ":, a=-", false},
        {"sha-256=:" ABC ":, a=1.", false},
        {"sha-256=:" ABC ":, a=1.2345", false},
        {"sha-256=:" ABC ":, a=1234567890123456", false},
        {"sha-256=:" ABC ":, a=@1", false},
    };
    (void)state;
    check_parse(digest_parse, cases, LENGTH(cases));
}

static void parsed_old(void **state)
{
    static const struct parse_case cases[] = {
        {"SHA-256=" ABC, true},
        {"sha-256=" ABC, true},
        {"SHA-256=" ABC_OPEN, true},
        {"MD5=HUXZLQLMuI/KZ5KDcJPcOA==, SHA-256=" ABC, true},
        {" , SHA-256=" ABC " ,SHA=YQ==", true},
        {"SHA-256=YQ==, SHA-256=" ABC, true},
        {NULL, false},
        {"", false},
        {"SHA-256", false},
        {"SHA-256=", false},
        {"SHA-256=:" ABC ":", false},
        {"SHA=" ABC, false},
        {"SHA-256 =" ABC, false},
    };
    (void)state;
    check_parse(digest_parse_old, cases, LENGTH(cases));
}

struct want_case {
    const char *field;
    bool wanted;
};

static void check_wanted(asker *is_wanted, const struct want_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_wanted(guarded_text(cases[i].field)) != cases[i].wanted)
            fail_msg("%s: %s", cases[i].field, cases[i].wanted ? "not wanted" : "wanted");
}

static void wanted(void **state)
{
    static const struct want_case cases[] = {
        {"sha-256=10", true},
        {"sha-256=1", true},
        {"sha-512=3, sha-256=10, unixsum=0", true},
        {"sha-256=5;why=\"it is fast\"", true},
        {NULL, false},
        {"", false},
        {"sha-256=0", false},
        {"sha-256=11", false},
        {"sha-256=-1", false},
        {"sha-256=1.5", false},
        {"sha-256", false},
        {"sha-256=yes", false},
        {"sha-256=:MTA=:", false},
        {"sha-512=10", false},
        {"sha-256=10, sha-256=0", false},
        {"sha-256=10,", false},
        {"SHA-256", false},
    };
    (void)state;
    check_wanted(digest_is_wanted, cases, LENGTH(cases));
}

static void wanted_old(void **state)
{
    static const struct want_case cases[] = {
        {"SHA-256", true},
        {"SHA-512;q=1, SHA-256;q=1, SHA;q=0.1", true}, /* aria2's */
        {"sha-256;q=0.001", true},
        {NULL, false},
        {"", false},
        {"SHA-256;q=0", false},
        {"SHA, MD5;q=0.3", false},
    };
    (void)state;
    check_wanted(digest_is_wanted_old, cases, LENGTH(cases));
}

static void formatted(void **state)
{
    struct sha256_digest abc = sha256_of(SLICE("abc"));
    char text[DIGEST_TEXT_MAX];
    (void)state;
    assert_string_equal(digest_format(&abc, text).p, "sha-256=:" ABC ":");
    assert_int_equal(digest_format(&abc, text).n, strlen(text));
    assert_string_equal(digest_format_old(&abc, text).p, "SHA-256=" ABC);
    assert_int_equal(digest_format_old(&abc, text).n, strlen(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsed),     cmocka_unit_test(parsed_old), cmocka_unit_test(wanted),
        cmocka_unit_test(wanted_old), cmocka_unit_test(formatted),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
