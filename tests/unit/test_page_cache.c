/* Which bytes of a file are in the page cache. Needs a file on a disk, since otherwise all bytes always
 * are. */
#include "content/page_cache.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define LENGTH (4 * MIB + 1000)

/* Not in /tmp, which is in memory on some systems. */
static char path[] = "/var/tmp/ferry-pages-XXXXXX";
static int fd;
static struct page_cache pages;

/* Nothing of the file is in the page cache, and nothing is read ahead. */
static int set_up(void **state)
{
    (void)state;
    static char some[LENGTH];
    strcpy(path + sizeof path - 7, "XXXXXX");
    fd = mkstemp(path);
    pages = (struct page_cache){0};
    return fd < 0 || write(fd, some, sizeof some) != sizeof some || fsync(fd) < 0 ||
           posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
           posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    page_cache_end(&pages);
    close(fd);
    unlink(path);
    return 0;
}

static void bring(uint64_t off, uint64_t len)
{
    static char room[LENGTH];
    assert_int_equal(pread(fd, room, len, (off_t)off), len);
}

/* Elsewhere nothing can be tested: a file system in memory keeps all its pages, and overlayfs keeps its
 * pages in another one. */
static void need_disk(void)
{
    struct page_cache p = {0};
    bool was_there = !page_cache_lacks(&p, fd, 3 * MIB, 1);
    bring(3 * MIB, 1);
    if (was_there || page_cache_lacks(&p, fd, 3 * MIB, 1) || getpagesize() != 4096)
        skip();
}

static enum cached has(uint64_t off, uint64_t len)
{
    pages.at = 0; /* Forget the previous answer, */
    if (pages.map_state == MAP_LATER)
        pages.map_state = MAP_WANTED; /* and make a map at once. */
    return page_cache_has(&pages, fd, LENGTH, off, len);
}

/* The kernel may drop a page at any time, and does so where memory is reclaimed proactively; but not each
 * time between two lines of this test. */
static bool is_there_once_read(uint64_t off, uint64_t len)
{
    for (int i = 0; i < 100; i++) {
        bring(off, len);
        if (has(off, len) == CACHED_ALL)
            return true;
    }
    return false;
}

static void what_was_read_is_there_and_nothing_else(void **state)
{
    (void)state;
    need_disk();
    assert_int_equal(has(0, 1), CACHED_NO);
    assert_true(is_there_once_read(MIB, 64 * 1024));
    assert_true(is_there_once_read(MIB + 100, 1000));
    assert_int_equal(has(MIB - 1, 10), CACHED_NO);
    assert_int_equal(has(MIB + 100, 64 * 1024), CACHED_NO);
    assert_int_equal(has(LENGTH - 1, 1), CACHED_NO);
    assert_true(is_there_once_read(LENGTH - 10, 10));
}

static void a_map_is_made_for_who_asks_again_of_what_is_there(void **state)
{
    (void)state;
    need_disk();
    for (int i = 0; i < 3; i++)
        assert_int_equal(page_cache_has(&pages, fd, LENGTH, 0, 4096), CACHED_NO);
    assert_null(pages.map);
    bring(0, 4096);
    assert_int_equal(page_cache_has(&pages, fd, LENGTH, 0, 4096), CACHED_ALL);
    assert_null(pages.map);
    assert_int_equal(has(0, 4096), CACHED_ALL);
    assert_non_null(pages.map);
}

static void where_only_reading_tells_nobody_looks_ahead(void **state)
{
    (void)state;
    need_disk();
    pages.map_state = MAP_TRIED;
    pages.is_uncounted = true;
    bring(0, 2 * 4096);
    assert_int_equal(page_cache_has(&pages, fd, LENGTH, 0, 4096), CACHED_ALL);
    assert_int_equal(page_cache_has(&pages, fd, LENGTH, 4096, 4096), CACHED_ALL);
    assert_int_equal(pages.to, 2 * 4096);
    struct page_cache other = {0};
    assert_true(page_cache_lacks(&other, fd, MIB + 4096 - 1, 1)); /* This byte was not ordered either. */
}

static void a_hole_in_the_middle_is_seen(void **state)
{
    (void)state;
    need_disk();
    bring(0, 24 * 1024);
    bring(28 * 1024, 36 * 1024);
    assert_int_equal(has(0, 64 * 1024), CACHED_NO);
    assert_true(is_there_once_read(0, 64 * 1024));
    assert_true(is_there_once_read(0, MIB));
    assert_int_equal(has(0, 2 * MIB), CACHED_NO);
}

static void without_cachestat_each_page_is_asked_for(void **state)
{
    (void)state;
    need_disk();
    pages.is_uncounted = true;
    assert_false(page_cache_lacks(&pages, fd, 0, 1)); /* The file cannot tell. */
    assert_true(is_there_once_read(0, LENGTH));
    posix_fadvise(fd, 3 * MIB, 64 * 1024, POSIX_FADV_DONTNEED);
    assert_int_equal(has(0, LENGTH), CACHED_NO);
}

static void without_a_map_both_ends_are_read(void **state)
{
    (void)state;
    need_disk();
    pages.map_state = MAP_TRIED;
    assert_true(is_there_once_read(MIB, 64 * 1024));
    assert_int_equal(has(MIB - 1, 64 * 1024), CACHED_NO);
    assert_int_equal(has(MIB + 1, 64 * 1024), CACHED_NO);
    assert_null(pages.map);
}

/* mincore() reports every page of a file as cached if the file neither belongs to the user nor is
 * writable. */
static void whoever_says_yes_to_everything_is_not_believed(void **state)
{
    (void)state;
    need_disk();
    if (geteuid() != 0 || fchmod(fd, 0644) < 0 || seteuid(65534) < 0)
        skip();
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    pages.map_state = MAP_WANTED;
    enum cached all = page_cache_has(&pages, reader, LENGTH, 0, LENGTH);
    assert_int_equal(seteuid(0), 0);
    close(reader);
    assert_int_equal(all, CACHED_NO);
    assert_int_equal(pages.map_state, MAP_TRIED);
    assert_null(pages.map);
}

static void what_is_not_there_is_lacking(void **state)
{
    (void)state;
    need_disk();
    assert_true(page_cache_lacks(&pages, fd, 0, 1));
    assert_false(page_cache_lacks(&pages, fd, 0, 0));
    bring(0, 4096);
    assert_false(page_cache_lacks(&pages, fd, 0, 4096));
    assert_true(page_cache_lacks(&pages, fd, 0, 4097));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_read_is_there_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_map_is_made_for_who_asks_again_of_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_only_reading_tells_nobody_looks_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hole_in_the_middle_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_cachestat_each_page_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_map_both_ends_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_says_yes_to_everything_is_not_believed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_lacking, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
