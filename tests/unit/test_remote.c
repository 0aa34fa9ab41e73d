/* SOURCE on the command line. */
#include "client/remote.h"
#include "unit.h"

#include <stdlib.h>

static const struct {
    const char *text;
    const char *shown, *last; /* NULL: wrong usage */
} sources[] = {
    {"nas/a.iso", "http://nas:6767/a.iso", "a.iso"},
    {"nas:80/x/a.iso", "http://nas:80/x/a.iso", "a.iso"},
    {"nas", "http://nas:6767/", ""},
    {"nas/", "http://nas:6767/", ""},
    {"nas/x/", "http://nas:6767/x/", ""},
    {"nas//x", "http://nas:6767//x", "x"},
    {"nas/a b%20?#\xff", "http://nas:6767/a%20b%2520%3F%23%FF", "a b%20?#\xff"},
    {"nas/http://x", "http://nas:6767/http%3A//x", "x"},
    {"[::1]:80/a", "http://[::1]:80/a", "a"},
    {"::1/a", "http://[::1]:6767/a", "a"},
    {"[fe80::1%eth0]/a", "http://[fe80::1%25eth0]:6767/a", "a"},
    {"http://nas/x/a%20b?q=/z#f", "http://nas/x/a%20b?q=/z", "a b"},
    {"HTTPS://nas/a", "https://nas/a", "a"},
    {"http://u:p@nas/a", "http://nas/a", "a"},
    {"http://nas/../a/../b", "http://nas/../a/../b", "b"},
    {"http://nas/a%2Fb", "http://nas/a%2Fb", "a/b"}, /* name_make_safe() makes a single name of it */
    {"http://nas/a%00b", "http://nas/a%00b", ""},
    {"http://nas/a%zz", "http://nas/a%zz", ""},
    {"http://nas", "http://nas/", ""},
    {"plain://nas/x/a b%20", "plain://nas/x/a b%20", "a b%20"},
    {"plain://nas:1", "plain://nas:1", ""},
    {"", NULL, NULL},
    {"/etc/passwd", NULL, NULL},
    {":80/a", NULL, NULL},
    {"nas:/a", NULL, NULL},
    {"nas:0/a", NULL, NULL},
    {"nas:65536/a", NULL, NULL},
    {"nas:x/a", NULL, NULL},
    {"user@nas/a", NULL, NULL}, /* otherwise the name before the @ would be sent to some host */
    {"na s/a", NULL, NULL},
    {"nas?x/a", NULL, NULL},
    {"[::1/a", NULL, NULL},
    {"ftp://nas/a", NULL, NULL},
    {"file:///etc/passwd", NULL, NULL},
    {"http://", NULL, NULL},
    {"http://nas:x/a", NULL, NULL},
    {"plain://", NULL, NULL},
    {"plain://nas/a\nb", NULL, NULL},
    {"plain://nas/a\rb", NULL, NULL},
};

static void knows_the_names_of_folders(void **state)
{
    static const struct {
        const char *text;
        enum named named;
        bool literal;
    } names[] = {
        {"nas", NAMED_NOTHING, true},
        {"nas/", NAMED_FOLDER, true},
        {"nas/x/", NAMED_FOLDER, true},
        {"nas/x", NAMED_FILE, true},
        {"nas/x/?archive=tar", NAMED_FILE, true}, /* a literal name */
        {"plain://nas:1", NAMED_NOTHING, true},
        {"plain://nas/x/", NAMED_FOLDER, true},
        {"plain://nas/x", NAMED_FILE, true},
        {"http://nas", NAMED_FOLDER, false},
        {"http://nas/x/#y", NAMED_FOLDER, false},
        {"http://nas/x", NAMED_FILE, false},
        {"http://nas/x/?archive=tar", NAMED_FILE, false},
        {"http://nas/%00", NAMED_FILE, false},
        {"http://nas/a%zz", NAMED_FILE, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct remote r;
        struct err e;
        assert_int_equal(remote_parse(names[i].text, &r, &e), STATUS_DONE);
        assert_int_equal(r.named, names[i].named);
        assert_int_equal(r.literal, names[i].literal);
        remote_free(&r);
    }
}

static void reads_sources(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct remote r;
        struct err e = {.status = STATUS_DONE};
        enum status status = remote_parse(sources[i].text, &r, &e);
        assert_int_equal(status, sources[i].shown ? STATUS_DONE : STATUS_USAGE);
        if (status != STATUS_DONE) {
            assert_true(e.text[0] != '\0');
            continue;
        }
        assert_string_equal(r.shown, sources[i].shown);
        assert_string_equal(r.last, sources[i].last);
        remote_free(&r);
    }
}

static void keeps_the_password_for_the_request_alone(void **state)
{
    (void)state;
    struct remote r;
    struct err e;
    assert_int_equal(remote_parse("http://u:p@nas/a", &r, &e), STATUS_DONE);
    assert_string_equal(r.url, "http://u:p@nas/a");
    assert_null(strstr(r.shown, "p@"));
    remote_free(&r);
}

static const char *const secrets[] = {
    "http://u:geheim@[::1/x",
    "https://u:geheim@nas:99999/x",
    "http://u:ge/geheim@nas/x",
    "http://u:geheim#@nas/x",
    "ftp://u:geheim@nas/x",
    "u:geheim@nas/x",
    "u:ge/geheim@nas/x",
    "plain://u:geheim@nas/x",
    "geheim@nas/x",
    "http://u:geheim@u:geheim@:x",
    "http://u:geheim@",
    "gopher://geheim@nas/a@b",
};

static void shows_no_password_of_what_it_cannot_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        struct remote r;
        struct err e;
        assert_int_equal(remote_parse(secrets[i], &r, &e), STATUS_USAGE);
        if (strstr(e.text, "geheim"))
            fail_msg("%s", e.text);
        char *masked = remote_masked(secrets[i]);
        assert_null(strstr(masked, "geheim"));
        free(masked);
    }
    char *masked = remote_masked("ftp://u:p@nas/x");
    assert_string_equal(masked, "ftp://...@nas/x");
    free(masked);
    masked = remote_masked("na s/x");
    assert_string_equal(masked, "na s/x");
    free(masked);
}

static void plain_names_are_literal_and_bounded(void **state)
{
    (void)state;
    struct remote r;
    struct err e;
    char text[2000] = "plain://[::1]:7/";
    size_t n = strlen(text);
    memset(text + n, 'a', REMOTE_PLAIN_NAME_MAX);
    assert_int_equal(remote_parse(text, &r, &e), STATUS_DONE);
    assert_int_equal(r.scheme, SCHEME_PLAIN);
    assert_string_equal(r.host, "::1");
    assert_int_equal(r.port, 7);
    assert_int_equal(strlen(r.name), REMOTE_PLAIN_NAME_MAX);
    remote_free(&r);
    text[n + REMOTE_PLAIN_NAME_MAX] = 'a';
    assert_int_equal(remote_parse(text, &r, &e), STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_sources),
        cmocka_unit_test(knows_the_names_of_folders),
        cmocka_unit_test(keeps_the_password_for_the_request_alone),
        cmocka_unit_test(shows_no_password_of_what_it_cannot_read),
        cmocka_unit_test(plain_names_are_literal_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
