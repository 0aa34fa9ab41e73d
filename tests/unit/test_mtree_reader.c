/* Lines of mtree(5): names, keys, defaults, and folders that names are in. */
#include "content/mtree_reader.h"
#include "guarded.h"
#include "unit.h"

#include "content/mtree.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct wanted {
    const char *line;
    enum mtree_line is;
    const char *path;
    enum mtree_type type;
    int64_t size; /* -1: none */
};

static void check(struct mtree_reader *m, const struct wanted *w)
{
    enum mtree_line is = mtree_read_line(m, guarded_text(w->line));
    if (is != w->is)
        fail_msg("%s: %d", w->line, is);
    if (is != MTREE_ENTRY)
        return;
    if (!slice_eq((struct slice){m->path, m->path_len}, slice_of(w->path)) || m->path[m->path_len])
        fail_msg("%s: %s", w->line, m->path);
    if (m->keys.type != w->type || m->keys.is_sized != (w->size >= 0) ||
        (w->size >= 0 && m->keys.size != (uint64_t)w->size))
        fail_msg("%s: type or size", w->line);
}

static void lines(void **state)
{
    static const struct wanted cases[] = {
        {"./a/b type=file size=7", MTREE_ENTRY, "a/b", MTREE_FILE, 7},
        {"\t./a \t size=7\t", MTREE_ENTRY, "a", MTREE_FILE, 7},
        {"./a size=7\r", MTREE_ENTRY, "a", MTREE_FILE, 7},
        {"./a", MTREE_ENTRY, "a", MTREE_FILE, -1},
        {"a", MTREE_ENTRY, "a", MTREE_FILE, -1},
        {"/etc/passwd size=1", MTREE_ENTRY, "/etc/passwd", MTREE_FILE, 1},
        {"../a size=1", MTREE_ENTRY, "../a", MTREE_FILE, 1},
        {". type=dir", MTREE_ENTRY, ".", MTREE_FOLDER, -1},
        {"./ type=dir", MTREE_ENTRY, ".", MTREE_FOLDER, -1},
        {"./l type=link link=x", MTREE_ENTRY, "l", MTREE_OTHER, -1},
        {"./a uid=0 nlink=1 sha1=00 nochange", MTREE_ENTRY, "a", MTREE_FILE, -1},
        {"./a mode=u+rwx time=soon size=7", MTREE_ENTRY, "a", MTREE_FILE, 7},
        {"./a\\040b\\012\\134\\303\\251", MTREE_ENTRY, "a b\n\\\xc3\xa9", MTREE_FILE, -1},
        {"./a\\sb\\nc\\t\\\\d\\#", MTREE_ENTRY, "a b\nc\t\\d#", MTREE_FILE, -1},
        {"a\\057b", MTREE_ENTRY, "a/b", MTREE_FILE, -1},
        {"", MTREE_NOTHING, NULL, 0, 0},
        {" \t", MTREE_NOTHING, NULL, 0, 0},
        {"#mtree", MTREE_NOTHING, NULL, 0, 0},
        {" # a comment", MTREE_NOTHING, NULL, 0, 0},
        {"# end 0 entries", MTREE_NOTHING, NULL, 0, 0},
        {"# end 1 entries", MTREE_WRONG, NULL, 0, 0},
        {"# end 1 entries\r", MTREE_WRONG, NULL, 0, 0},
        {"# end of it", MTREE_NOTHING, NULL, 0, 0},
        {"..", MTREE_NOTHING, NULL, 0, 0},
        {"/set type=dir", MTREE_NOTHING, NULL, 0, 0},
        {"/unset all", MTREE_NOTHING, NULL, 0, 0},
        {"./a size=x", MTREE_WRONG, NULL, 0, 0},
        {"./a size=18446744073709551616", MTREE_WRONG, NULL, 0, 0},
        {"./a sha256digest=00", MTREE_WRONG, NULL, 0, 0},
        {"./a\\", MTREE_WRONG, NULL, 0, 0},
        {"./a\\04", MTREE_WRONG, NULL, 0, 0},
        {"./a\\400", MTREE_WRONG, NULL, 0, 0},
        {"./a\\000b", MTREE_WRONG, NULL, 0, 0},
        {"./a\\x", MTREE_WRONG, NULL, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct mtree_reader m = {.entries = 0};
        check(&m, &cases[i]);
    }
}

/* As the BSDs write it, and bsdtar with "indent". */
static void names_without_a_slash_are_in_the_folder_before(void **state)
{
    static const struct wanted list[] = {
        {"/set type=file optional", MTREE_NOTHING, NULL, 0, 0},
        {". type=dir", MTREE_ENTRY, ".", MTREE_FOLDER, -1},
        {"a size=1", MTREE_ENTRY, "a", MTREE_FILE, 1},
        {"b type=dir", MTREE_ENTRY, "b", MTREE_FOLDER, -1},
        {"c", MTREE_ENTRY, "b/c", MTREE_FILE, -1},
        {"d type=dir", MTREE_ENTRY, "b/d", MTREE_FOLDER, -1},
        {"e", MTREE_ENTRY, "b/d/e", MTREE_FILE, -1},
        {".", MTREE_ENTRY, "b/d", MTREE_FILE, -1},
        {"./x type=dir", MTREE_ENTRY, "x", MTREE_FOLDER, -1},
        {"..", MTREE_NOTHING, NULL, 0, 0},
        {"/set type=dir", MTREE_NOTHING, NULL, 0, 0},
        {"f", MTREE_ENTRY, "b/f", MTREE_FOLDER, -1},
        {"..", MTREE_NOTHING, NULL, 0, 0},
        {"..", MTREE_NOTHING, NULL, 0, 0},
        {"..", MTREE_NOTHING, NULL, 0, 0},
        {"/unset type", MTREE_NOTHING, NULL, 0, 0},
        {"g", MTREE_ENTRY, "g", MTREE_FILE, -1},
        {"# end 10 entries", MTREE_NOTHING, NULL, 0, 0},
        {"# end 9 entries", MTREE_WRONG, NULL, 0, 0},
    };
    struct mtree_reader m = {.entries = 0};
    (void)state;
    for (size_t i = 0; i < LENGTH(list); i++) {
        check(&m, &list[i]);
        if (list[i].is == MTREE_ENTRY)
            assert_true(m.keys.is_optional);
    }
}

static void a_path_has_a_bound(void **state)
{
    static struct mtree_reader m;
    static char line[2 * PATH_MAX];
    (void)state;
    memset(line, 'x', sizeof line);
    assert_int_equal(mtree_read_line(&m, (struct slice){line, PATH_MAX}), MTREE_WRONG);
    assert_int_equal(mtree_read_line(&m, (struct slice){line, PATH_MAX - 1}), MTREE_ENTRY);
    assert_int_equal(m.path_len, PATH_MAX - 1);
    /* A folder whose path leaves no room for a name. */
    memcpy(line + PATH_MAX - 1, " type=dir", 9);
    assert_int_equal(mtree_read_line(&m, (struct slice){line, PATH_MAX + 8}), MTREE_ENTRY);
    assert_int_equal(mtree_read_line(&m, SLICE("y")), MTREE_WRONG);
}

static void what_is_written_is_read(void **state)
{
    static const char *const names[] = {"a", "a b/#=\\*?[c", "\xff\n\t", "..a/.b"};
    struct sha256_digest abc = sha256_of(SLICE("abc"));
    struct mtree_reader m = {.entries = 0};
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct buf b = buf_new(1000);
        mtree_add_entry(&b, &(struct mtree_entry){.path = slice_of(names[i]), .size = i, .digest = &abc});
        struct slice line = buf_slice(&b);
        line.n--;
        assert_int_equal(mtree_read_line(&m, guarded(line)), MTREE_ENTRY);
        assert_string_equal(m.path, names[i]);
        assert_true(m.keys.is_sized && m.keys.size == i);
        assert_true(m.keys.is_hashed && sha256_eq(&m.keys.digest, &abc));
        buf_free(&b);
    }
    assert_int_equal(mtree_read_line(&m, SLICE("./a sha256=" ABC)), MTREE_ENTRY);
    assert_true(m.keys.is_hashed && sha256_eq(&m.keys.digest, &abc));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(names_without_a_slash_are_in_the_folder_before),
        cmocka_unit_test(a_path_has_a_bound),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests_name("mtree_reader", tests, NULL, NULL);
}
