/* Walks of folders: which requests share one, and which must not. */
#include "content/survey.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/ferry-survey-XXXXXX";
static struct root root;
static struct surveys surveys;

static void make(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", place, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void remove_it(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", place, name);
    remove(path);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(place + sizeof place - 7, "XXXXXX");
    assert_non_null(mkdtemp(place));
    assert_int_equal(root_init(&root, place, false), 0);
    make("a");
    make("b");
    make("c");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (const char *name = "a\0b\0c\0d\0sub\0"; *name; name += strlen(name) + 1)
        remove_it(name);
    assert_int_equal(rmdir(place), 0);
    root_free(&root);
    for (size_t i = 0; i < SURVEY_BUCKETS; i++)
        assert_null(surveys.waiting[i]);
    return 0;
}

static struct survey *open_in(const char *path, struct listing_query query)
{
    struct stat st;
    enum fs_kind kind;
    int fd = root_open(&root, slice_of(path), REACH_ANYWHERE, &st, &kind);
    assert_true(fd >= 0);
    struct survey *s = survey_open(&surveys, fd, &root, slice_of(path), &query, false);
    assert_non_null(s);
    return s;
}

static const struct listing_query by_name = {.limit = 100};

static void walk(struct survey *s)
{
    while (!survey_step(s))
        ;
    assert_null(s->broken);
}

static void who_asks_for_the_same_shares_a_walk(void **state)
{
    (void)state;
    struct survey *first = open_in("", by_name), *second = open_in("", by_name);
    assert_ptr_equal(first, second);
    survey_unref(first);
    walk(second);
    assert_int_equal(second->selection.count, 3);
    assert_string_equal(second->selection.entries[0].name, "a");
    survey_unref(second);
}

/* The walk may have passed the place of a new file. */
static void who_comes_after_it_began_is_shown_what_there_is_by_then(void **state)
{
    (void)state;
    struct survey *first = open_in("", by_name);
    walk(first);
    make("d");
    struct survey *second = open_in("", by_name), *third = open_in("", by_name);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(second, third);
    walk(third);
    walk(second);
    assert_int_equal(first->selection.count, 3);
    assert_int_equal(second->selection.count, 4);
    survey_unref(third);
    survey_unref(first);
    survey_unref(second);
}

static void who_asks_for_something_else_shares_none(void **state)
{
    char sub[64];
    (void)state;
    snprintf(sub, sizeof sub, "%s/sub", place);
    assert_int_equal(mkdir(sub, 0755), 0);
    struct listing_query others[] = {
        {.limit = 99},
        {.limit = 100, .order.descending = true},
        {.limit = 100, .order.key = ORDER_SIZE},
        {.limit = 100, .after = "f0/a"},
        {.limit = 0},
    };
    struct survey *all[8] = {open_in("", by_name), open_in("sub", by_name)};
    size_t n = 2;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        all[n++] = open_in("", others[i]);
    all[n++] = open_in("", others[4]); /* Without a limit, each reader has its own pace. */
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(all[i], all[k]);
    for (size_t i = 0; i < n; i++)
        walk(all[i]);
    assert_int_equal(all[5]->selection.count, 2);
    for (size_t i = 0; i < n; i++)
        survey_unref(all[i]);
}

static void who_gives_up_leaves_the_others_theirs(void **state)
{
    (void)state;
    struct survey *first = open_in("", by_name), *second = open_in("", by_name);
    survey_unref(second);
    struct survey *third = open_in("", by_name);
    assert_ptr_equal(first, third);
    survey_unref(first);
    survey_unref(third);
    struct survey *fourth = open_in("", by_name);
    walk(fourth);
    survey_unref(fourth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_asks_for_the_same_shares_a_walk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_comes_after_it_began_is_shown_what_there_is_by_then, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_asks_for_something_else_shares_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_gives_up_leaves_the_others_theirs, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
