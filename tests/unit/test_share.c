/* Shares: a look serves the requests that came before it; later ones, too, as long as nothing has changed. */
#include "place.h"
#include "site/share.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX = 50 };

static char place[] = "/tmp/ferry-share-XXXXXX";
static struct root root;
static uint64_t clock_now;
static struct shares shares;
/* So late that everything is settled. */
static time_t later;

static void put_file(const char *name, const char *text)
{
    int fd = openat(root.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    place_make(place);
    assert_int_equal(root_init(&root, place, false), 0);
    memset(&shares, 0, sizeof shares);
    shares_init(&shares, &root, MAX, &clock_now);
    later = time(NULL) + 100;
    assert_int_equal(mkdirat(root.dir, "d", 0755), 0);
    assert_int_equal(mkdirat(root.dir, "d/e", 0755), 0);
    put_file("a", "hello");
    put_file("d/e/a", "hello");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shares_free(&shares);
    assert_int_equal(shares.n, 0);
    assert_int_equal(shares.bytes, 0);
    root_free(&root);
    return place_remove(place);
}

/* A look, as route.c makes it. */
static void look(const char *name)
{
    struct stat st;
    enum fs_kind kind;
    int fd = root_open_straight(&root, slice_of(name), &st, &kind);
    bool straight = fd >= 0;
    if (!straight)
        fd = root_open(&root, slice_of(name), REACH_OWN, &st, &kind);
    assert_true(fd >= 0);
    struct version *v = version_open(fd, &st, kind, "text/plain");
    v->straight = straight;
    v->settled = true; /* as it is at the time `later` */
    shares_put(&shares, slice_of(name), v, later);
    version_unref(v);
}

static bool is_known(const char *name, uint64_t arrived)
{
    struct version *v = shares_get(&shares, slice_of(name), arrived);
    version_unref(v);
    return v != NULL;
}

/* The second look at a name is kept, on a file system that allows it. */
static void look_for_good(const char *name)
{
    if (!root.ctime_tells)
        skip();
    look(name);
    shares_end_batch(&shares);
    look(name);
    shares_end_batch(&shares);
    assert_true(is_known(name, ++shares.arrivals));
}

static void a_look_serves_who_had_asked_by_then(void **state)
{
    (void)state;
    shares.arrivals = 7;
    later = time(NULL); /* too fresh to be kept */
    look("a");
    assert_true(is_known("a", 5));
    assert_true(is_known("a", 7));
    assert_false(is_known("d/e/a", 7));
    assert_false(is_known("aa", 7));
    assert_false(is_known("a", 8));
}

static void what_is_asked_for_once_lasts_while_there_is_room_in_plenty(void **state)
{
    (void)state;
    if (!root.ctime_tells)
        skip();
    for (int i = 0; i < MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "once%d", i);
        put_file(name, "text");
        look(name);
        shares_end_batch(&shares);
        assert_int_equal(is_known(name, ++shares.arrivals), i < MAX / 2);
    }
}

static void it_gives_way_to_who_needs_a_descriptor(void **state)
{
    (void)state;
    assert_false(shares_give_way(&shares));
    look_for_good("d/e/a");
    assert_true(shares_give_way(&shares));
    assert_int_equal(shares.n, 0);
    assert_false(is_known("d/e/a", 0));
}

static void what_is_asked_for_again_lasts(void **state)
{
    (void)state;
    look_for_good("a");
    look_for_good("d/e/a");
    for (int i = 0; i < 10; i++) {
        shares_end_batch(&shares);
        assert_true(is_known("a", ++shares.arrivals));
        assert_true(is_known("d/e/a", shares.arrivals));
    }
}

static void but_not_for_ever(void **state)
{
    (void)state;
    look_for_good("d/e/a");
    clock_now += SHARE_MS;
    assert_false(shares_expire(&shares));
    assert_int_equal(shares.n, 0);
}

static void what_has_just_changed_does_not_last(void **state)
{
    (void)state;
    later = time(NULL) + 1;
    look("a");
    shares_end_batch(&shares);
    look("a");
    shares_end_batch(&shares);
    assert_false(is_known("a", ++shares.arrivals));
}

static void what_a_link_leads_to_does_not_last(void **state)
{
    (void)state;
    assert_int_equal(symlinkat("a", root.dir, "link"), 0);
    assert_int_equal(symlinkat("d/e", root.dir, "way"), 0);
    const char *const names[] = {"link", "way/a"};
    for (int i = 0; i < 2; i++) {
        look(names[i]);
        shares_end_batch(&shares);
        look(names[i]);
        shares_end_batch(&shares);
        assert_false(is_known(names[i], ++shares.arrivals));
    }
}

/* ---- visible changes ---- */

static void write_same_length(void)
{
    int fd = openat(root.dir, "d/e/a", O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, "other", 5), 5);
    close(fd);
}

static void write_and_set_the_time_back(void)
{
    struct stat st;
    assert_int_equal(fstatat(root.dir, "d/e/a", &st, 0), 0);
    write_same_length();
    assert_int_equal(utimensat(root.dir, "d/e/a", (struct timespec[2]){st.st_atim, st.st_mtim}, 0), 0);
}

static void cut(void)
{
    int fd = openat(root.dir, "d/e/a", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 2), 0);
    close(fd);
}

static void replace(void)
{
    put_file("new", "hello");
    assert_int_equal(renameat(root.dir, "new", root.dir, "d/e/a"), 0);
}

static void replace_by_another_name_of_another(void)
{
    put_file("new", "hello");
    assert_int_equal(linkat(root.dir, "new", root.dir, "newer", 0), 0);
    assert_int_equal(renameat(root.dir, "newer", root.dir, "d/e/a"), 0);
}

static void remove_it(void)
{
    assert_int_equal(unlinkat(root.dir, "d/e/a", 0), 0);
}

static void remove_one_of_two_names(void)
{
    assert_int_equal(linkat(root.dir, "d/e/a", root.dir, "kept", 0), 0);
    remove_it();
}

static void rename_it(void)
{
    assert_int_equal(renameat(root.dir, "d/e/a", root.dir, "d/e/b"), 0);
}

static void forbid_it(void)
{
    assert_int_equal(fchmodat(root.dir, "d/e/a", 0, 0), 0);
}

static void rename_its_folder(void)
{
    assert_int_equal(renameat(root.dir, "d/e", root.dir, "d/f"), 0);
}

static void rename_a_folder_further_up(void)
{
    assert_int_equal(renameat(root.dir, "d", root.dir, "x"), 0);
}

static void exchange_a_folder_further_up(void)
{
    assert_int_equal(mkdirat(root.dir, "other", 0755), 0);
    assert_int_equal(renameat2(root.dir, "d", root.dir, "other", RENAME_EXCHANGE), 0);
}

static void put_a_link_in_a_folders_place(void)
{
    rename_a_folder_further_up();
    assert_int_equal(symlinkat("x", root.dir, "d"), 0);
}

static void forbid_a_folder(void)
{
    assert_int_equal(fchmodat(root.dir, "d", 0700, 0), 0);
}

static void every_change_is_seen(void **state)
{
    static void (*const changes[])(void) = {
        write_same_length,
        write_and_set_the_time_back,
        cut,
        replace,
        replace_by_another_name_of_another,
        remove_it,
        remove_one_of_two_names,
        rename_it,
        forbid_it,
        rename_its_folder,
        rename_a_folder_further_up,
        exchange_a_folder_further_up,
        put_a_link_in_a_folders_place,
        forbid_a_folder,
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (i > 0)
            set_up(state);
        look_for_good("d/e/a");
        look_for_good("a");
        changes[i]();
        bool known = is_known("d/e/a", ++shares.arrivals);
        if (known)
            fail_msg("change %zu was not seen", i);
        assert_true(is_known("a", shares.arrivals));
        if (i + 1 < sizeof changes / sizeof *changes)
            tear_down(state);
    }
}

/* As at the end of the server: its workers have ended before. */
static void what_is_left_at_the_end_is_closed_at_once(void **state)
{
    (void)state;
    int fd = openat(root.dir, "a", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 64 << 20), 0);
    close(fd);
    look_for_good("a");
    assert_int_equal(unlinkat(root.dir, "a", 0), 0);
    shares_free(&shares);
    assert_int_equal(shares.n, 0);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d", i);
        put_file(name, "text");
        look(name);
        shares_end_batch(&shares);
        look(name);
        shares_end_batch(&shares);
        assert_true(shares.n <= MAX);
    }
    assert_int_equal(shares.n, MAX);
}

/* The memory for small files is used up: the file stays open, and is read each time. */
static void without_room_for_its_bytes_a_file_is_known_nevertheless(void **state)
{
    const size_t others = SHARES_BYTES - 4;
    (void)state;
    shares.bytes = others;
    look_for_good("a");
    struct version *v = shares_get(&shares, SLICE("a"), ++shares.arrivals);
    assert_non_null(v);
    assert_null(version_bytes(v));
    version_unref(v);
    assert_int_equal(shares.bytes, others);
    shares.bytes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_room_for_its_bytes_a_file_is_known_nevertheless, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_look_serves_who_had_asked_by_then, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_asked_for_once_lasts_while_there_is_room_in_plenty, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_gives_way_to_who_needs_a_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_asked_for_again_lasts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(but_not_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_just_changed_does_not_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_link_leads_to_does_not_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_change_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_left_at_the_end_is_closed_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
