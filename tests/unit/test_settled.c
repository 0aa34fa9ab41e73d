/* Whether a file's time vouches for its bytes. */
#include "content/settled.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/ferry-settled-XXXXXX";
static int reader, writer;

static int set_up(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    writer = mkstemp(path);
    reader = open(path, O_RDONLY | O_CLOEXEC);
    return writer < 0 || reader < 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(writer);
    close(reader);
    unlink(path);
    return 0;
}

/* A time `seconds` ago that is not a whole second. */
static struct timespec before(time_t seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec -= seconds;
    t.tv_nsec |= 1;
    return t;
}

static void by_its_time_alone_after_two_seconds(void **state)
{
    (void)state;
    assert_false(settled(reader, FS_SLOW, before(0)));
    assert_false(settled(reader, FS_SLOW, before(1)));
    assert_true(settled(reader, FS_SLOW, before(3)));
    assert_false(settled(reader, FS_SLOW, before(-3600))); /* As if the clock was set back. */
    assert_false(settled_by_time((struct timespec){.tv_sec = 1000}, 1002));
    assert_true(settled_by_time((struct timespec){.tv_sec = 1000}, 1003));
}

static void who_has_it_open_for_writing_may_be_in_the_middle_of_it(void **state)
{
    (void)state;
    assert_false(settled(reader, FS_LOCAL, before(30)));
    assert_true(settled(reader, FS_LOCAL, before(100))); /* An open writer does not count after a minute. */
    close(writer);
    assert_true(settled(reader, FS_LOCAL, before(30)));
    assert_true(settled(reader, FS_LOCAL, before(1)));
    writer = open(path, O_RDWR | O_CLOEXEC);
}

/* Without a writer a file is settled soon, but not within a tick of the clock. */
static void within_a_tick_two_changes_have_one_time(void **state)
{
    (void)state;
    close(writer);
    assert_false(settled(reader, FS_LOCAL, before(0)));
    struct timespec whole = before(1);
    whole.tv_nsec = 0; /* As on a file system with whole seconds. */
    assert_false(settled(reader, FS_LOCAL, whole));
    whole.tv_sec -= 2;
    assert_true(settled(reader, FS_LOCAL, whole));
    writer = open(path, O_RDWR | O_CLOEXEC);
}

/* The lease is given back, so no open() has to wait. */
static void writers_are_not_held_up(void **state)
{
    (void)state;
    close(writer);
    assert_true(settled(reader, FS_LOCAL, before(30)));
    writer = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    assert_true(writer >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_its_time_alone_after_two_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_it_open_for_writing_may_be_in_the_middle_of_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(within_a_tick_two_changes_have_one_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writers_are_not_held_up, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("settled", tests, NULL, NULL);
}
