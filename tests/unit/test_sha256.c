/* SHA-256: the examples of FIPS 180-2, in pieces, and as text. */
#include "unit.h"

#include "base/sha256.h"
#include "guarded.h"

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void examples(void **state)
{
    static const struct {
        const char *bytes, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", abc},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[SHA256_HEX_BYTES + 1];
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct sha256_digest d = sha256_of(guarded_text(cases[i].bytes));
        assert_string_equal(sha256_to_hex(&d, hex).p, cases[i].hex);
    }
}

static void pieces(void **state)
{
    char bytes[1000];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    struct sha256_digest whole = sha256_of((struct slice){bytes, sizeof bytes});
    for (size_t step = 1; step < 200; step += 13) {
        struct sha256 s, copy;
        sha256_begin(&s);
        for (struct slice rest = {bytes, sizeof bytes}; rest.n > 0; rest = slice_from(rest, step))
            sha256_add(&s, (struct slice){rest.p, rest.n < step ? rest.n : step});
        copy = s;
        struct sha256_digest d = sha256_end(&s), again = sha256_end(&copy);
        assert_true(sha256_eq(&d, &whole));
        assert_true(sha256_eq(&again, &whole));
    }
}

static void hex(void **state)
{
    static const struct {
        const char *hex;
        bool right;
    } cases[] = {
        {"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", true},
        {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true},
        {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a", false},
        {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add", false},
        {"ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false},
        {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a/", false},
        {"", false},
    };
    struct sha256_digest right = sha256_of(SLICE("abc")), d;
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(sha256_from_hex(guarded_text(cases[i].hex), &d), cases[i].right);
        assert_true(!cases[i].right || sha256_eq(&d, &right));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(pieces),
        cmocka_unit_test(hex),
    };
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
