/* Lines of SHA256SUMS. */
#include "content/sums.h"
#include "guarded.h"
#include "unit.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define CAPITALS "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"

static void lines(void **state)
{
    static const struct {
        const char *line;
        enum sums_line is;
        const char *name;
    } cases[] = {
        {ABC "  name", SUMS_FILE, "name"},
        {ABC " *name", SUMS_FILE, "name"},
        {ABC " name", SUMS_FILE, "name"},
        {CAPITALS "  name", SUMS_FILE, "name"},
        {ABC "  a  b ", SUMS_FILE, "a  b "},
        {ABC "  name\r", SUMS_FILE, "name"},
        {ABC "  ../../etc/passwd", SUMS_FILE, "../../etc/passwd"},
        {"\\" ABC "  a\\nb\\\\c\\r", SUMS_FILE, "a\nb\\c\r"},
        {ABC "  a\\nb", SUMS_FILE, "a\\nb"},
        {"SHA256 (name) = " ABC, SUMS_FILE, "name"},
        {"SHA256 (a) (b) = " ABC, SUMS_FILE, "a) (b"},
        {"\\SHA256 (a\\\\b) = " ABC, SUMS_FILE, "a\\b"},
        {"SHA256(name)= " ABC, SUMS_FILE, "name"},
        {"SHA2-256(name)= " ABC, SUMS_FILE, "name"},
        {"", SUMS_NOTHING, NULL},
        {"\r", SUMS_NOTHING, NULL},
        {"# a comment", SUMS_NOTHING, NULL},
        {"SHA512 (name) = 00", SUMS_NOTHING, NULL},
        {"MD5(name)= 00", SUMS_NOTHING, NULL},
        {"\\", SUMS_WRONG, NULL},
        {ABC, SUMS_WRONG, NULL},
        {ABC " ", SUMS_WRONG, NULL},
        {ABC "  ", SUMS_WRONG, NULL},
        {ABC "name", SUMS_WRONG, NULL},
        {ABC "0  name", SUMS_WRONG, NULL},
        {" " ABC "  name", SUMS_WRONG, NULL},
        {"\\" ABC "  a\\", SUMS_WRONG, NULL},
        {"\\" ABC "  a\\x", SUMS_WRONG, NULL},
        {"SHA256 () = " ABC, SUMS_WRONG, NULL},
        {"SHA256 (a = " ABC, SUMS_WRONG, NULL},
        {"SHA256 (a) = 00", SUMS_WRONG, NULL},
        {"SHA256 (" ABC, SUMS_WRONG, NULL},
        {"<metalink>", SUMS_WRONG, NULL},
    };
    struct sha256_digest right = sha256_of(SLICE("abc")), d;
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct sums s = {.in_signature = false};
        char name[200];
        size_t n;
        enum sums_line is = sums_read_line(&s, guarded_text(cases[i].line), &d, name, &n);
        if (is != cases[i].is)
            fail_msg("%s: %d", cases[i].line, is);
        if (is == SUMS_FILE &&
            (!slice_eq((struct slice){name, n}, slice_of(cases[i].name)) || !sha256_eq(&d, &right)))
            fail_msg("%s: %.*s", cases[i].line, (int)n, name);
    }
}

static void a_name_has_no_nul(void **state)
{
    struct sums s = {.in_signature = false};
    struct sha256_digest d;
    char name[200];
    size_t n;
    (void)state;
    assert_int_equal(sums_read_line(&s, guarded(SLICE(ABC "  a\0b")), &d, name, &n), SUMS_WRONG);
}

static void a_signature_is_passed_over(void **state)
{
    static const struct {
        const char *line;
        enum sums_line is;
    } list[] = {
        {"-----BEGIN PGP SIGNED MESSAGE-----", SUMS_NOTHING},
        {"Hash: SHA256", SUMS_NOTHING},
        {"", SUMS_NOTHING},
        {"SHA256 (name) = " ABC, SUMS_FILE},
        {"-----BEGIN PGP SIGNATURE-----", SUMS_NOTHING},
        {"", SUMS_NOTHING},
        {"iQIzBAEBCAAdFiEE", SUMS_NOTHING},
        {"-----END PGP SIGNATURE-----", SUMS_NOTHING},
        {"iQIzBAEBCAAdFiEE", SUMS_WRONG},
    };
    struct sums s = {.in_signature = false};
    struct sha256_digest d;
    char name[200];
    size_t n;
    (void)state;
    for (size_t i = 0; i < LENGTH(list); i++)
        if (sums_read_line(&s, guarded_text(list[i].line), &d, name, &n) != list[i].is)
            fail_msg("%zu: %s", i, list[i].line);
}

static void written_and_read(void **state)
{
    static const char *const names[] = {"a", "a b", "\\", "\n", "a\rb\n\\n", " *x"};
    struct sha256_digest abc = sha256_of(SLICE("abc")), d;
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct sums s = {.in_signature = false};
        char name[200];
        size_t n;
        struct buf b = buf_new(1000);
        sums_add_line(&b, &abc, slice_of(names[i]));
        struct slice line = buf_slice(&b);
        assert_ptr_equal(memchr(line.p, '\n', line.n), line.p + line.n - 1);
        assert_int_equal(sums_read_line(&s, (struct slice){line.p, line.n - 1}, &d, name, &n), SUMS_FILE);
        assert_true(slice_eq((struct slice){name, n}, slice_of(names[i])) && sha256_eq(&d, &abc));
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(a_name_has_no_nul),
        cmocka_unit_test(a_signature_is_passed_over),
        cmocka_unit_test(written_and_read),
    };
    return cmocka_run_group_tests_name("sums", tests, NULL, NULL);
}
