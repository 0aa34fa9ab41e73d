/* Which names in a Host field belong to this server. */
#include "guarded.h"
#include "site/hosts.h"
#include "unit.h"

static bool takes(const struct hosts *h, const char *host)
{
    struct host_memo memo = {0};
    bool once = hosts_take(h, &memo, guarded_text(host));
    assert_int_equal(hosts_take(h, &memo, guarded_text(host)), once); /* remembered, or not */
    return once;
}

static void of_this_machine_alone(void **state)
{
    static const char *const right[] = {
        "",
        "localhost",
        "LocalHost:6767",
        "localhost.",
        "localhost.:80",
        "a.localhost",
        "localhost.localdomain",
        "127.0.0.1",
        "127.0.0.1:6767",
        "127.255.0.9",
        "127.1",
        "0x7f000001",
        "2130706433",
        "[::1]",
        "[::1]:6767",
        "[0:0::1]",
        "[::ffff:127.0.0.1]:1",
        "nas",
        "nas:80",
    };
    static const char *const wrong[] = {
        "evil.example",
        "evil.example:6767",
        "evil.example.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost.example",
        "xlocalhost.localdomain",
        ".localhost.example",
        "evil%2Eexample",
        "127.0.0.1%2eevil",
        "192.168.1.2",
        "3232235778",
        "0.0.0.0",
        "128.0.0.1:6767",
        "[::2]:6767",
        "[fe80::1]",
        "[::ffff:192.168.1.2]",
        "[::]",
    };
    const struct hosts h = {.local_only = true};
    (void)state;
    assert_false(hosts_take_all(&h));
    for (size_t i = 0; i < LENGTH(right); i++)
        if (!takes(&h, right[i]))
            fail_msg("not %s", right[i]);
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (takes(&h, wrong[i]))
            fail_msg("%s", wrong[i]);
}

static void with_names(void **state)
{
    static const char *const names[] = {"Files.Example", "[2001:db8::1]", "192.168.1.2"};
    (void)state;
    for (int local_only = 0; local_only < 2; local_only++) {
        const struct hosts h = {names, LENGTH(names), local_only};
        assert_false(hosts_take_all(&h));
        assert_true(takes(&h, "files.example:6767"));
        assert_true(takes(&h, "FILES.EXAMPLE."));
        assert_true(takes(&h, "[2001:DB8:0::1]:80"));
        assert_true(takes(&h, "192.168.1.2:80"));
        assert_true(takes(&h, "localhost") && takes(&h, "127.0.0.1:1"));
        assert_false(takes(&h, "files.example.evil.example"));
        assert_false(takes(&h, "xfiles.example"));
        assert_false(takes(&h, "192.168.1.3"));
        assert_false(takes(&h, "nas")); /* with --allow-host, only the named ones are accepted */
    }
}

static void any_name(void **state)
{
    static const char *const names[] = {"*"};
    const struct hosts h = {names, 1, true};
    (void)state;
    assert_true(takes(&h, "evil.example") && takes(&h, "192.168.1.2"));
    assert_true(hosts_take_all(&(struct hosts){.local_only = false}));
}

/* A name that was accepted once does not cover another one. */
static void the_memo_holds_whole_names(void **state)
{
    const struct hosts h = {.local_only = true};
    struct host_memo memo = {0};
    char longest[201] = "";
    (void)state;
    assert_true(hosts_take(&h, &memo, SLICE("localhost:6767")));
    assert_false(hosts_take(&h, &memo, SLICE("localhost.example:6767")));
    assert_false(hosts_take(&h, &memo, SLICE("evil.example")));
    assert_true(hosts_take(&h, &memo, SLICE("localhost:6767")));
    memset(longest, 'a', sizeof longest - 1);
    assert_true(hosts_take(&h, &memo, slice_of(longest)));
    assert_true(hosts_take(&h, &memo, slice_of(longest)));
}

static void words(void **state)
{
    static const char *const right[] = {"*", "nas", "files.example", "files.example.", "[::1]", "10.0.0.1"};
    static const char *const wrong[] = {"",         "a:80", "a:",  "::1", "[::1]:80",
                                        "http://a", "a/b",  "a b", "*.a/"};
    (void)state;
    for (size_t i = 0; i < LENGTH(right); i++)
        if (!hosts_word_ok(guarded_text(right[i])))
            fail_msg("not %s", right[i]);
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (hosts_word_ok(guarded_text(wrong[i])))
            fail_msg("%s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_this_machine_alone),
        cmocka_unit_test(with_names),
        cmocka_unit_test(any_name),
        cmocka_unit_test(the_memo_holds_whole_names),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
