/* Neighbours: which one is used for a file, and how long it is remembered that there is none. */
#include "place.h"
#include "site/neighbour.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char place[] = "/tmp/ferry-neighbour-XXXXXX";
static struct site site;
static uint64_t clock_now;
static struct shares shares;
static struct version *file;

static void put_file(const char *name, time_t modified)
{
    const struct timespec times[2] = {{.tv_sec = modified}, {.tv_sec = modified}};
    int fd = openat(site.root.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name));
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static struct version *version_of(const char *name)
{
    struct stat st;
    enum fs_kind kind;
    int fd = root_open(&site.root, slice_of(name), REACH_OWN, &st, &kind);
    assert_true(fd >= 0);
    return version_open(fd, &st, FS_LOCAL, "text/plain");
}

static int set_up(void **state)
{
    (void)state;
    place_make(place);
    assert_int_equal(root_init(&site.root, place, false), 0);
    site.root.kind = FS_MEMORY; /* everything counts as cached, so no look is deferred */
    memset(&shares, 0, sizeof shares);
    shares_init(&shares, &site.root, 0, &clock_now); /* no name is remembered longer than its look takes */
    put_file("a", 1000);
    file = version_of("a");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    version_unref(file);
    shares_free(&shares);
    root_free(&site.root);
    return place_remove(place);
}

/* The choice for a request that came at `arrived` and is answered when `arrivals` is `now`. */
static enum coding chosen(const char *accept, uint64_t arrived, uint64_t now, bool *ret_varies)
{
    const struct look look = {.site = &site, .reach = REACH_CACHED, .shares = &shares, .arrived = arrived};
    struct coding_order order = coding_order_of(slice_of(accept));
    struct neighbour neighbour;
    shares.arrivals = now;
    assert_int_equal(neighbour_choose(&look, &order, SLICE("a"), file, &neighbour), 0);
    assert_int_equal(neighbour.version != NULL, neighbour.coding != CODING_IDENTITY);
    version_unref(neighbour.version);
    *ret_varies = neighbour.varies;
    return neighbour.coding;
}

static void the_first_that_is_there(void **state)
{
    bool varies;
    (void)state;
    assert_int_equal(chosen("gzip, br", 1, 1, &varies), CODING_IDENTITY);
    assert_false(varies);
    put_file("a.gz", 1000);
    assert_int_equal(chosen("gzip, br", 2, 2, &varies), CODING_GZIP);
    assert_true(varies);
    assert_int_equal(chosen("br", 3, 3, &varies), CODING_IDENTITY);
    assert_true(varies);
    put_file("a.br", 999);
    assert_int_equal(chosen("gzip, br", 4, 4, &varies), CODING_GZIP);
    put_file("a.br", 1001);
    assert_int_equal(chosen("gzip, br", 5, 5, &varies), CODING_BR);
}

static void what_was_not_there_is_looked_for_once_for_all_who_had_asked(void **state)
{
    bool varies;
    (void)state;
    assert_int_equal(chosen("br", 5, 7, &varies), CODING_IDENTITY);
    put_file("a.br", 1000);
    assert_int_equal(chosen("br", 5, 7, &varies), CODING_IDENTITY);
    assert_int_equal(chosen("br", 7, 9, &varies), CODING_IDENTITY);
    assert_int_equal(chosen("br", 8, 9, &varies), CODING_BR);
}

/* Each coding is looked for at its own time, and the first of these looks counts. */
static void a_later_look_for_another_proves_nothing(void **state)
{
    bool varies;
    (void)state;
    put_file("a.gz", 1000);
    assert_int_equal(chosen("br, gzip", 5, 5, &varies), CODING_GZIP);   /* no br at 5 */
    assert_int_equal(chosen("zstd, gzip", 5, 9, &varies), CODING_GZIP); /* no zstd at 9 */
    put_file("a.br", 1000);
    assert_int_equal(chosen("br, gzip", 5, 9, &varies), CODING_GZIP);
    assert_int_equal(chosen("br, gzip", 8, 9, &varies), CODING_BR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_that_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_there_is_looked_for_once_for_all_who_had_asked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_later_look_for_another_proves_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("neighbour", tests, NULL, NULL);
}
