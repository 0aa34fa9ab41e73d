/* A version of a file stays what was promised, whatever happens to the name. */
#include "content/version.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/ferry-version-XXXXXX";
static int writer;

static int set_up(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    writer = mkstemp(path);
    return writer < 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(writer);
    unlink(path);
    return 0;
}

static struct version *version_of(enum fs_kind kind)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    return version_open(fd, &st, kind, "text/plain");
}

static void a_small_one_is_read_once(void **state)
{
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL);
    const char *bytes = version_bytes(v);
    assert_non_null(bytes);
    assert_memory_equal(bytes, "hello", 5);
    assert_int_equal(pwrite(writer, "other", 5, 0), 5);
    assert_ptr_equal(version_bytes(v), bytes);
    assert_memory_equal(bytes, "hello", 5);
    version_unref(v);
}

static void what_no_longer_holds_is_not_read(void **state)
{
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL);
    assert_true(version_holds(v));
    assert_int_equal(write(writer, "more", 4), 4);
    assert_false(version_holds(v));
    assert_null(version_bytes(v));
    version_unref(v);
}

static void a_new_time_is_a_new_version(void **state)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1700000000, .tv_nsec = 1}};
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL);
    assert_int_equal(futimens(writer, times), 0);
    assert_null(version_bytes(v));
    version_unref(v);
}

static void one_that_is_replaced_still_holds(void **state)
{
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL);
    unlink(path);
    assert_true(version_holds(v));
    assert_memory_equal(version_bytes(v), "hello", 5);
    version_unref(v);
}

static void what_may_be_changing_still_has_a_tag_that_never_comes_again(void **state)
{
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL); /* `writer` is open */
    assert_false(v->settled);
    struct version *again = version_of(FS_LOCAL);
    assert_memory_equal(v->etag, "W/\"", 3);
    assert_string_not_equal(v->etag, again->etag);
    version_unref(again);
    version_unref(v);
}

/* For two files with equal inode, size and modification time, ctime tells. */
static void a_time_that_was_put_back_is_another_version(void **state)
{
    struct stat st;
    (void)state;
    assert_int_equal(fstat(writer, &st), 0);
    st.st_ctim.tv_sec -= 3600;
    struct version *before = version_open(dup(writer), &st, FS_LOCAL, "text/plain");
    st.st_ctim.tv_nsec ^= 1;
    struct version *after = version_open(dup(writer), &st, FS_LOCAL, "text/plain");
    assert_int_equal(before->etag[0], '"');
    assert_string_not_equal(before->etag, after->etag);
    version_unref(before);
    version_unref(after);
}

static void of_one_that_grows_the_front_holds(void **state)
{
    (void)state;
    assert_int_equal(write(writer, "hello", 5), 5);
    struct version *v = version_of(FS_LOCAL);
    v->grows = true;
    assert_int_equal(write(writer, " world", 6), 6);
    assert_true(version_holds(v));
    assert_memory_equal(version_bytes(v), "hello", 5);
    assert_int_equal(ftruncate(writer, 5), 0); /* The new length is not that of the version. */
    assert_false(version_holds(v));
    version_unref(v);
}

static void a_large_one_and_one_that_may_wait_are_not_read(void **state)
{
    static const char text[VERSION_SMALL];
    (void)state;
    assert_int_equal(pwrite(writer, text, sizeof text, 0), sizeof text); /* a hole is in no cache */
    struct version *v = version_of(FS_SLOW);
    assert_null(version_bytes(v));
    version_unref(v);
    v = version_of(FS_LOCAL);
    assert_non_null(version_bytes(v));
    version_unref(v);
    assert_int_equal(ftruncate(writer, VERSION_SMALL + 1), 0);
    v = version_of(FS_LOCAL);
    assert_null(version_bytes(v));
    version_unref(v);
}

static void only_the_last_close_of_a_large_file_without_a_name_waits(void **state)
{
    (void)state;
    assert_int_equal(ftruncate(writer, 64 << 20), 0);
    struct version *v = version_of(FS_LOCAL);
    assert_false(version_unref_waits(v));
    unlink(path);
    assert_true(version_unref_waits(v));
    version_ref(v);
    assert_false(version_unref_waits(v));
    version_unref(v);
    version_unref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_small_one_is_read_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_no_longer_holds_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_time_is_a_new_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_replaced_still_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_may_be_changing_still_has_a_tag_that_never_comes_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_time_that_was_put_back_is_another_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_one_that_grows_the_front_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_one_and_one_that_may_wait_are_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_last_close_of_a_large_file_without_a_name_waits, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
