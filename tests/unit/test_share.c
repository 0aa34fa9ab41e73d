/* Shares: a look serves whoever had asked by then, and nobody who asked later. */
#include "server/share.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct shares shares;

static struct version *some_version(void)
{
    struct stat st;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    return version_open(fd, &st, FS_MEMORY, "text/plain");
}

static int set_up(void **state)
{
    (void)state;
    memset(&shares, 0, sizeof shares);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shares_clear(&shares, NULL, NULL);
    assert_int_equal(shares.used, 0);
    return 0;
}

/* What a request that came at `arrived` gets; only whether it is `v` matters. */
static bool gets(struct slice name, uint64_t arrived, const struct version *v)
{
    struct version *got = shares_get(&shares, name, arrived);
    version_unref(got);
    return got == v;
}

static void a_look_serves_who_had_asked_by_then(void **state)
{
    struct version *v = some_version();
    (void)state;
    shares.arrivals = 7;
    shares_put(&shares, SLICE("/a"), v);
    assert_true(gets(SLICE("/a"), 5, v));
    assert_true(gets(SLICE("/a"), 7, v));
    assert_true(gets(SLICE("/a"), 8, NULL));
    assert_true(gets(SLICE("/b"), 5, NULL));
    assert_true(gets(SLICE("/aa"), 5, NULL));
    version_unref(v);
}

static void a_later_look_takes_the_place_of_an_earlier_one(void **state)
{
    struct version *old = some_version(), *new = some_version();
    (void)state;
    shares.arrivals = 1;
    shares_put(&shares, SLICE("/a"), old);
    shares.arrivals = 2;
    shares_put(&shares, SLICE("/a"), new);
    assert_true(gets(SLICE("/a"), 2, new));
    assert_true(gets(SLICE("/a"), 1, new));
    version_unref(old);
    version_unref(new);
}

static void nothing_outlives_its_batch(void **state)
{
    struct version *v = some_version();
    (void)state;
    shares_put(&shares, SLICE("/a"), v);
    assert_int_equal(v->refs, 2);
    shares_clear(&shares, NULL, NULL);
    assert_int_equal(v->refs, 1);
    assert_true(gets(SLICE("/a"), 0, NULL));
    version_unref(v);
}

static void more_names_than_slots_are_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < 10 * SHARES; i++) {
        char name[32];
        struct version *v = some_version();
        int n = snprintf(name, sizeof name, "/name-%d", i);
        shares_put(&shares, (struct slice){name, (size_t)n}, v);
        assert_true(gets((struct slice){name, (size_t)n}, 0, v));
        version_unref(v);
    }
    assert_true(shares.used <= SHARES);
}

static void a_name_that_is_too_long_is_not_kept(void **state)
{
    char name[SHARE_NAME_MAX + 1];
    struct version *v = some_version();
    (void)state;
    memset(name, 'n', sizeof name);
    shares_put(&shares, (struct slice){name, sizeof name}, v);
    assert_true(gets((struct slice){name, sizeof name}, 0, NULL));
    shares_put(&shares, (struct slice){name, sizeof name - 1}, v);
    assert_true(gets((struct slice){name, sizeof name - 1}, 0, v));
    version_unref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_look_serves_who_had_asked_by_then, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_later_look_takes_the_place_of_an_earlier_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_outlives_its_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_names_than_slots_are_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_not_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
