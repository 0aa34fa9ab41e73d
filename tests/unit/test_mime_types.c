/* mime.types files: valid types, valid extensions, and skipped words. */
#include "guarded.h"
#include "http/mime_types.h"
#include "unit.h"

#include <stdlib.h>

static struct mime_types *parse(struct slice text)
{
    struct mime_types *t = mime_types_parse(guarded(text));
    assert_non_null(t);
    return t;
}

/* "ext=type ext=type", by name. */
static void assert_table(const struct mime_types *t, const char *expected)
{
    char got[1000] = "";
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s=%s", i ? " " : "", t->extensions[i].name,
                              t->extensions[i].type);
    assert_string_equal(got, expected);
}

static void reads_lines(void **state)
{
    static const struct {
        struct slice text;
        const char *table;
        unsigned wrong, first_wrong;
    } examples[] = {
        {SLICE(""), "", 0, 0},
        {SLICE("\n\n \t\n"), "", 0, 0},
        {SLICE("text/html html htm"), "htm=text/html html=text/html", 0, 0},
        {SLICE("text/html\thtml\t\thtm\r\nimage/png png \n"), "htm=text/html html=text/html png=image/png", 0,
         0},
        {SLICE("  a/b  c"), "c=a/b", 0, 0},
        /* types without extensions, and comments */
        {SLICE("application/activemessage\n# a/b c\na/b d # e\na/b #f\n#"), "d=a/b", 0, 0},
        /* extensions in any case; a type keeps its case */
        {SLICE("video/MP2T M2T\n"), "m2t=video/MP2T", 0, 0},
        {SLICE("a/b 7z x-y c++ \n"), "7z=a/b c++=a/b x-y=a/b", 0, 0},
        /* the later line counts, and the later word */
        {SLICE("a/b x y\nc/d X\n"), "x=c/d y=a/b", 0, 0},
        {SLICE("c/d x x\na/b z x\n"), "x=a/b z=a/b", 0, 0},
        /* not a type */
        {SLICE("html text/html\na/b c\n"), "c=a/b", 1, 1},
        {SLICE("a/b c\ntext x\n/ x\na/ x\n/b x\na/b/c x\n"), "c=a/b", 5, 2},
        {SLICE("text/html;charset=latin1 x\ntext/\"a\" x\na/b\x01 x\na/\xc3\xbc x\n"), "", 4, 1},
        {SLICE("a/b\0c x\na\rb/c x\n"), "", 2, 1},
        /* not an extension; the others of the line are used */
        {SLICE("a/b .c d e.f g/h i\x7fj k\xff l"), "d=a/b l=a/b", 1, 1},
        {SLICE("a/b c\0d e"), "e=a/b", 1, 1},
        {SLICE("a/b \r c\r\r\n"), "", 1, 1},
        /* the format of nginx is different */
        {SLICE("types {\n  text/html html htm;\n}\n"), "html=text/html", 3, 1},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct mime_types *t = parse(examples[i].text);
        assert_table(t, examples[i].table);
        if (t->wrong != examples[i].wrong || t->first_wrong != examples[i].first_wrong)
            fail_msg("example %zu: %u wrong, first %u", i, t->wrong, t->first_wrong);
        free(t);
    }
}

/* `before`, then n times c, then `behind`. */
static struct slice made(char *room, const char *before, char c, size_t n, const char *behind)
{
    size_t at = strlen(before);
    memcpy(room, before, at);
    memset(room + at, c, n);
    strcpy(room + at + n, behind);
    return slice_of(room);
}

static void words_have_a_longest(void **state)
{
    char room[1000], name[EXTENSION_LENGTH_MAX + 1] = "";
    (void)state;
    memset(name, 'x', EXTENSION_LENGTH_MAX);
    struct mime_types *t = parse(made(room, "a/b ", 'x', EXTENSION_LENGTH_MAX, " c"));
    assert_int_equal(t->wrong, 0);
    assert_string_equal(mime_types_find(t, name), "a/b");
    free(t);
    t = parse(made(room, "a/b ", 'x', EXTENSION_LENGTH_MAX + 1, " c"));
    assert_int_equal(t->wrong, 1);
    assert_table(t, "c=a/b");
    free(t);
    t = parse(made(room, "a/", 'b', MIME_TYPE_LENGTH_MAX - 2, " c"));
    assert_int_equal(t->wrong, 0);
    assert_int_equal(strlen(mime_types_find(t, "c")), MIME_TYPE_LENGTH_MAX);
    free(t);
    t = parse(made(room, "a/", 'b', MIME_TYPE_LENGTH_MAX - 1, " c"));
    assert_int_equal(t->wrong, 1);
    assert_null(mime_types_find(t, "c"));
    free(t);
}

static void a_file_has_a_largest(void **state)
{
    char *text = malloc(MIME_TYPES_TEXT_MAX + 1);
    (void)state;
    memset(text, '#', MIME_TYPES_TEXT_MAX + 1);
    assert_null(mime_types_parse((struct slice){text, MIME_TYPES_TEXT_MAX + 1}));
    struct mime_types *t = mime_types_parse((struct slice){text, MIME_TYPES_TEXT_MAX});
    assert_non_null(t);
    assert_int_equal(t->count, 0);
    free(t);

    /* "a/b", and too many words: 0000 0001 0002 ... */
    size_t n = 3;
    memcpy(text, "a/b", n);
    for (unsigned i = 0; i <= MIME_TYPES_MAX; i++)
        n += (size_t)sprintf(text + n, " %04x", i);
    t = mime_types_parse((struct slice){text, n});
    assert_non_null(t);
    assert_int_equal(t->count, MIME_TYPES_MAX);
    assert_int_equal(t->wrong, 1);
    assert_string_equal(mime_types_find(t, "3fff"), "a/b");
    assert_null(mime_types_find(t, "4000"));
    free(t);
    free(text);
}

static void finds(void **state)
{
    struct mime_types *t = parse(SLICE("a/b c x\nd/e f\n")), *empty = parse(SLICE(""));
    (void)state;
    assert_string_equal(mime_types_find(t, "c"), "a/b");
    assert_string_equal(mime_types_find(t, "f"), "d/e");
    assert_string_equal(mime_types_find(t, "x"), "a/b");
    assert_null(mime_types_find(t, ""));
    assert_null(mime_types_find(t, "cc"));
    assert_null(mime_types_find(t, "y"));
    assert_null(mime_types_find(empty, "c"));
    free(t);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(words_have_a_longest),
        cmocka_unit_test(a_file_has_a_largest),
        cmocka_unit_test(finds),
    };
    return cmocka_run_group_tests_name("mime_types", tests, NULL, NULL);
}
