/* A line of a folder's list: what is read of it, which paths are refused, and how paths are ordered. */
#include "client/tree_line.h"
#include "content/mtree.h"
#include "guard.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEYS " type=file size=1 time=2.000000003"

static enum tree_line_kind read_line(const char *text, struct tree_line *ret)
{
    const char *copy = guard_end(text, strlen(text));
    enum tree_line_kind kind = tree_line_read((struct slice){copy, strlen(text)}, ret);
    guard_free(copy, strlen(text));
    return kind;
}

static void each_kind_of_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tree_line_kind kind;
        const char *path;
    } cases[] = {
        {"", TREE_LINE_NOTHING, ""},
        {"# a comment", TREE_LINE_NOTHING, ""},
        {"#mtree", TREE_LINE_NOTHING, ""},
        {"# end 12 entries", TREE_LINE_END, ""},
        {"# end x entries", TREE_LINE_NOTHING, ""},
        {"# end 12", TREE_LINE_NOTHING, ""},
        {". type=dir time=1.000000000 mode=0755", TREE_LINE_ENTRY, ""},
        {"./a" KEYS, TREE_LINE_ENTRY, "a"},
        {"./a  type=file   size=1", TREE_LINE_ENTRY, "a"},
        {"./a/b\\040c\\134" KEYS, TREE_LINE_ENTRY, "a/b c\\"},
        {"./..a/b..", TREE_LINE_BAD, "..a/b.."},
        {"./a nlink=1 type=file size=7 unknown", TREE_LINE_ENTRY, "a"},
        {"./a type=dir", TREE_LINE_ENTRY, "a"},
        {"./a type=link size=1", TREE_LINE_REFUSED, "a"},
        {"./a type=file", TREE_LINE_BAD, "a"},
        {"./a size=1", TREE_LINE_BAD, "a"},
        {"./a type=file size=", TREE_LINE_BAD, "a"},
        {"./a type=file size=9223372036854775808", TREE_LINE_BAD, "a"},
        {"./a type=dir mode=0999", TREE_LINE_BAD, "a"},
        {"./a type=dir mode=010000", TREE_LINE_BAD, "a"},
        {"./a type=dir time=x", TREE_LINE_BAD, "a"},
        {"./a type=dir time=1.1234567890", TREE_LINE_BAD, "a"},
        {"./a" KEYS " sha256digest=" A64, TREE_LINE_ENTRY, "a"},
        {"./a" KEYS " sha256digest=" A64 "a", TREE_LINE_BAD, "a"},
        {"./a\\12" KEYS, TREE_LINE_BAD, "./a"},
        {"./a\\400" KEYS, TREE_LINE_BAD, "./a"},
        {"./a\\s" KEYS, TREE_LINE_BAD, "./a"},
        {"./a\\", TREE_LINE_BAD, "./a"},
        {"./\\056\\056/x" KEYS, TREE_LINE_REFUSED, "../x"},
        {"../x" KEYS, TREE_LINE_REFUSED, "../x"},
        {"./x/.." KEYS, TREE_LINE_REFUSED, "x/.."},
        {"./x/../y" KEYS, TREE_LINE_REFUSED, "x/../y"},
        {"/x" KEYS, TREE_LINE_REFUSED, "/x"},
        {"x" KEYS, TREE_LINE_REFUSED, "x"},
        {"./" KEYS, TREE_LINE_REFUSED, ""},
        {".//x" KEYS, TREE_LINE_REFUSED, "/x"},
        {"./x/" KEYS, TREE_LINE_REFUSED, "x/"},
        {"./x/./y" KEYS, TREE_LINE_REFUSED, "x/./y"},
        {"./x//y" KEYS, TREE_LINE_REFUSED, "x//y"},
        {"./x\\000y" KEYS, TREE_LINE_REFUSED, "./x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tree_line l;
        enum tree_line_kind kind = read_line(cases[i].text, &l);
        if (kind != cases[i].kind || strcmp(l.path, cases[i].path) != 0)
            fail_msg("%s: %d \"%s\" (%s)", cases[i].text, kind, l.path, l.why);
        if (kind == TREE_LINE_REFUSED || kind == TREE_LINE_BAD)
            assert_true(l.why[0]);
    }
}

static void all_that_a_line_says(void **state)
{
    (void)state;
    struct tree_line l;
    assert_int_equal(
        read_line("./a type=file size=9223372036854775807 time=-5.000000007 mode=4640 sha256digest=" A64, &l),
        TREE_LINE_ENTRY);
    assert_true(!l.folder && l.timed && l.moded && l.hashed);
    assert_int_equal(l.size, INT64_MAX);
    assert_int_equal(l.modified.tv_sec, -5);
    assert_int_equal(l.modified.tv_nsec, 7);
    assert_int_equal(l.mode, 04640);
    assert_int_equal(l.digest.bytes[31], 0xaa);
    assert_int_equal(read_line("./a type=dir", &l), TREE_LINE_ENTRY);
    assert_true(l.folder && !l.timed && !l.moded && !l.hashed);
    assert_int_equal(read_line("# end 18446744073709551615 entries", &l), TREE_LINE_END);
    assert_true(l.entries == UINT64_MAX);
}

static void long_names_are_refused(void **state)
{
    (void)state;
    struct tree_line l;
    static char text[3 * PATH_MAX];
    for (size_t n = NAME_MAX; n <= NAME_MAX + 1; n++) {
        snprintf(text, sizeof text, "./%0*d" KEYS, (int)n, 0);
        assert_int_equal(read_line(text, &l), n == NAME_MAX ? TREE_LINE_ENTRY : TREE_LINE_REFUSED);
    }
    strcpy(text, ".");
    for (size_t n = 1; n < PATH_MAX; n += 2)
        strcat(text, "/d");
    strcat(text, KEYS);
    assert_int_equal(read_line(text, &l), TREE_LINE_REFUSED);
    assert_string_equal(l.why, "the path is too long");
}

/* What the server writes is what the client reads. */
static void a_line_survives(void **state)
{
    (void)state;
    struct sha256_digest digest = {{1, 2, 255}};
    char path[256];
    for (int i = 1; i < 256; i++)
        path[i - 1] = (char)(i == '/' ? 'x' : i);
    path[255] = '\0';
    struct mtree_entry e = {
        .path = slice_of(path), .size = 12, .modified = {99, 1}, .mode = 0640, .digest = &digest};
    struct buf out = buf_new(MTREE_LINE_MAX);
    struct tree_line l;
    mtree_add_entry(&out, &e);
    struct slice s = buf_slice(&out);
    assert_int_equal(tree_line_read((struct slice){s.p, s.n - 1}, &l), TREE_LINE_ENTRY);
    assert_string_equal(l.path, path);
    assert_true(l.size == 12 && l.mode == 0640 && l.hashed && sha256_eq(&l.digest, &digest));
    assert_true(l.modified.tv_sec == 99 && l.modified.tv_nsec == 1);
    buf_free(&out);
}

static void paths_come_as_a_walk_meets_them(void **state)
{
    (void)state;
    static const char *const order[] = {"A", "a", "a/b", "a/b/c", "a/c", "a\x01", "a-b", "a.b", "b", "\xff"};
    size_t n = sizeof order / sizeof *order;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            int is = tree_order(slice_of(order[i]), slice_of(order[k]));
            assert_int_equal((is > 0) - (is < 0), (i > k) - (i < k));
        }
    assert_true(tree_is_below(SLICE("a/b"), SLICE("a")) && tree_is_below(SLICE("a"), SLICE("a")));
    assert_true(tree_is_below(SLICE("a"), SLICE("")) && !tree_is_below(SLICE("a-b"), SLICE("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_line),
        cmocka_unit_test(all_that_a_line_says),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(a_line_survives),
        cmocka_unit_test(paths_come_as_a_walk_meets_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
