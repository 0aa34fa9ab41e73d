/* A folder's entries as lines of mtree(5), with libarchive's reader as the judge. */
#include "content/mtree.h"
#include "guarded.h"
#include "place.h"
#include "unit.h"

#include <stdlib.h>

/* Each byte that a name can have, and pairs that a reader could take for something else. */
static const char *const nasty[] = {
    "a b",
    " lead",
    "tail ",
    "#comment",
    "a#b",
    "a=b",
    "type=dir",
    "back\\slash",
    "\\040",
    "tab\t",
    "cr\r",
    "nl\nx",
    "*?[x]",
    "\x01\x1f",
    "\x7f",
    "\xff\xfe",
    "gr\xc3\xbc\xc3\x9f",
    "-x",
    "...",
    "~",
    "set",
    "a/..b",
    "a\"b'c`$d",
    ",;&|<>()",
    "\\",
    "a\\",
};

static void writes_lines(void **state)
{
    static const struct sha256_digest digest = {{0xab, [31] = 0x01}};
    static const struct {
        struct mtree_entry entry;
        const char *line;
    } cases[] = {
        {{.folder = true, .modified = {1, 2}, .mode = 0755}, ". type=dir time=1.000000002 mode=0755\n"},
        {{{"a", 1}, .size = 5, .modified = {1700000000, 123456789}, .mode = 0644},
         "./a type=file size=5 time=1700000000.123456789 mode=0644\n"},
        {{{"a/b", 3}, .size = UINT64_MAX, .modified = {-1, 0}, .mode = 04711, .digest = &digest},
         "./a/b type=file size=18446744073709551615 time=-1.000000000 mode=4711 sha256digest="
         "ab00000000000000000000000000000000000000000000000000000000000001\n"},
        {{{"a b", 3}, .folder = true}, "./a\\040b type=dir time=0.000000000 mode=0000\n"},
        {{{"#=\\*?[~", 7}, .folder = true},
         "./\\043\\075\\134\\052\\077\\133~ type=dir time=0.000000000 mode=0000\n"},
        {{{"\n\x1f!\x7f\x80\xff", 6}, .folder = true},
         "./\\012\\037!\\177\\200\\377 type=dir time=0.000000000 mode=0000\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct mtree_entry e = cases[i].entry;
        struct buf out = buf_new(MTREE_LINE_MAX);
        e.path = guarded(e.path);
        mtree_add_entry(&out, &e);
        buf_add(&out, (struct slice){"", 1});
        assert_string_equal(buf_slice(&out).p, cases[i].line);
        buf_free(&out);
    }
}

/* A reader sees from the last line that it has everything. */
static void begins_and_ends(void **state)
{
    struct buf out = buf_new(100);
    (void)state;
    mtree_add_head(&out);
    mtree_add_end(&out, 1234567890123);
    assert_true(slice_eq(buf_slice(&out), SLICE("#mtree\n# end 1234567890123 entries\n")));
    buf_free(&out);
}

static void has_room_for_the_longest_line(void **state)
{
    static char path[PATH_MAX];
    static const struct sha256_digest digest;
    struct buf out = buf_new(MTREE_LINE_MAX);
    (void)state;
    memset(path, '\n', sizeof path);
    mtree_add_entry(&out, &(struct mtree_entry){.path = {path, sizeof path},
                                                .size = UINT64_MAX,
                                                .modified = {INT64_MIN, 999999999},
                                                .mode = 07777,
                                                .digest = &digest});
    assert_false(out.failed);
    buf_free(&out);
}

/* bsdtar makes an archive of the text; the member's name is the first bytes of its ustar header. */
static void is_read_by_libarchive(void **state)
{
    char place[] = "/tmp/ferry-mtree-XXXXXX", command[200], block[512];
    struct buf out = buf_new(64 * 1024);
    (void)state;
    place_make(place);
    mtree_add_head(&out);
    for (size_t i = 0; i < LENGTH(nasty); i++)
        mtree_add_entry(&out, &(struct mtree_entry){.path = slice_of(nasty[i]),
                                                    .folder = true,
                                                    .modified = {1 + (time_t)i, 999999999},
                                                    .mode = 0701});
    mtree_add_end(&out, LENGTH(nasty));
    snprintf(command, sizeof command, "%s/tree.mtree", place);
    FILE *f = fopen(command, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(buf_slice(&out).p, 1, buf_len(&out), f), buf_len(&out));
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command, "LC_ALL=C bsdtar -cf - --format=ustar @%s/tree.mtree", place);
    FILE *tar = popen(command, "r");
    assert_non_null(tar);
    for (size_t i = 0; i < LENGTH(nasty); i++) {
        char name[110];
        assert_int_equal(fread(block, 1, sizeof block, tar), sizeof block);
        snprintf(name, sizeof name, "./%s/", nasty[i]);
        assert_string_equal(block, name);
        assert_int_equal(block[156], '5');
        assert_int_equal(strtol(block + 100, NULL, 8), 0701);
        assert_int_equal(strtol(block + 136, NULL, 8), 1 + (long)i);
    }
    while (fread(block, 1, sizeof block, tar) == sizeof block)
        assert_int_equal(block[0], 0);
    assert_int_equal(pclose(tar), 0);
    buf_free(&out);
    assert_int_equal(place_remove(place), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lines),
        cmocka_unit_test(begins_and_ends),
        cmocka_unit_test(has_room_for_the_longest_line),
        cmocka_unit_test(is_read_by_libarchive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
