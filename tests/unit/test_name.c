/* Names of local files: no name from a server leads outside the folder. */
#include "client/name.h"
#include "guard.h"
#include "unit.h"

#define N(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *raw;
    size_t len;
    const char *safe; /* NULL: no name */
} names[] = {
    {N("debian.iso"), "debian.iso"},
    {N("a b\\c:d*?\"<>|"), "a b\\c:d*?\"<>|"},
    {N(".profile"), ".profile"},
    {N("..."), "..."},
    {N("..a"), "..a"},
    {N(""), NULL},
    {N("."), NULL},
    {N(".."), NULL},
    {N("a\0b"), NULL},
    {N("\0"), NULL},
    {N("/"), "_"},
    {N("/etc/passwd"), "_etc_passwd"},
    {N("../../x"), ".._.._x"},
    {N("-rf"), "_rf"},
    {N("--"), "_-"},
    {N("a-b"), "a-b"},
    {N("a\nb\tc\x1b[31m\x7f"), "a_b_c_[31m_"},
    {N("\xc2\x9b"
       "31m"),
     "_31m"},                            /* C1, as UTF-8 writes it */
    {N("\x9b\xff\xc3"), "\x9b\xff\xc3"}, /* not UTF-8: the bytes stay */
    {N("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
};

static void makes_safe_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char out[NAME_SIZE];
        const char *raw = guard_end(names[i].raw, names[i].len);
        bool ok = name_make_safe((struct slice){raw, names[i].len}, out);
        assert_int_equal(ok, names[i].safe != NULL);
        if (ok)
            assert_string_equal(out, names[i].safe);
        guard_free(raw, names[i].len);
    }
}

static void bounds_the_length(void **state)
{
    (void)state;
    char raw[300], out[NAME_SIZE];
    memset(raw, 'n', sizeof raw);
    assert_true(name_make_safe((struct slice){raw, 255}, out));
    assert_int_equal(strlen(out), 255);
    assert_false(name_make_safe((struct slice){raw, 256}, out));
}

static void parts_fit_with_all_their_companions(void **state)
{
    (void)state;
    char name[NAME_SIZE], part[NAME_SIZE], other[NAME_SIZE];
    name_part("a.iso", 1, part);
    assert_string_equal(part, "a.iso.part");
    name_part("a.iso", 2, part);
    assert_string_equal(part, "a.iso.2.part");
    for (size_t len = 1; len < NAME_SIZE; len++) {
        memset(name, 'n', len);
        name[len] = '\0';
        name_part(name, 1 + len % NAME_PARTS, part);
        assert_true(strlen(part) + strlen(".info.new") <= 255);
        /* Names that differ only in their last byte must not share a part file. */
        name[len - 1] = 'm';
        name_part(name, 1 + len % NAME_PARTS, other);
        assert_string_not_equal(part, other);
    }
    /* Not cut within a character: e2 82 ac, 85 times. */
    for (size_t i = 0; i + 3 < NAME_SIZE; i += 3)
        memcpy(name + i, "\xe2\x82\xac", 4);
    name_part(name, 1, part);
    size_t dash = strcspn(part, "-");
    assert_int_equal(dash % 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_safe_names),
        cmocka_unit_test(bounds_the_length),
        cmocka_unit_test(parts_fit_with_all_their_companions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
