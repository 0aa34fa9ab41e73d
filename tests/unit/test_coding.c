/* Content codings: which ones a client prefers to the unencoded file, and in which order. */
#include "guarded.h"
#include "http/coding.h"
#include "unit.h"

/* The order as text: "br gzip | zstd", where "|" is the unencoded file. */
static void assert_order(const char *accept, const char *expected)
{
    struct coding_order order = coding_order_of(guarded_text(accept));
    bool seen[CODING_COUNT] = {false};
    char got[64] = "";
    for (size_t i = 0; i < CODING_COUNT; i++) {
        assert_false(seen[order.at[i]]);
        seen[order.at[i]] = true;
        strcat(got, i > 0 ? " " : "");
        strcat(got, order.at[i] == CODING_IDENTITY ? "|" : coding_name(order.at[i]));
    }
    if (strcmp(got, expected) != 0)
        fail_msg("%s: %s, not %s", accept, got, expected);
}

static void orders(void **state)
{
    static const struct {
        const char *accept, *order;
    } cases[] = {
        /* nothing is said, or nothing that we have */
        {NULL, "| br zstd gzip"},
        {"", "| br zstd gzip"},
        {"identity", "| br zstd gzip"},
        {"deflate, compress", "| br zstd gzip"},
        {"nonsense;;q=x", "| br zstd gzip"},
        /* among equals the smaller one */
        {"gzip", "gzip | br zstd"},
        {"gzip, deflate, br", "br gzip | zstd"},
        {"gzip, deflate, br, zstd", "br zstd gzip |"},
        {"zstd, gzip", "zstd gzip | br"},
        {"x-gzip", "gzip | br zstd"},
        {"*", "br zstd gzip |"},
        /* weights */
        {"gzip;q=1.0, br;q=0.5", "gzip br | zstd"},
        {"br;q=0.1, gzip;q=0.2, zstd;q=0.3", "zstd gzip br |"},
        {"br;q=0.2, zstd;q=0.2, gzip;q=0.9", "gzip br zstd |"},
        {"gzip;q=0.001", "gzip | br zstd"},
        {"gzip;q=0, br", "br | zstd gzip"},
        {"br;q=0, *", "zstd gzip | br"},
        {"*;q=0.5, gzip", "gzip br zstd |"},
        /* the unencoded file has a weight, too */
        {"gzip, identity", "gzip | br zstd"},
        {"gzip;q=0.5, identity", "| br zstd gzip"},
        {"gzip;q=0.5, br;q=0.8, identity;q=0.6", "br | zstd gzip"},
        {"gzip;q=0.3, *;q=0.8", "br zstd | gzip"},
        /* refused, it comes last: it is left if there is nothing else */
        {"gzip, identity;q=0", "gzip | br zstd"},
        {"gzip, *;q=0", "gzip | br zstd"},
        {"identity;q=0", "| br zstd gzip"},
        {"*;q=0", "| br zstd gzip"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_order(cases[i].accept, cases[i].order);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(coding_name(CODING_ZSTD), "zstd");
    assert_true(slice_eq(coding_suffix(CODING_ZSTD), SLICE(".zst")));
    assert_int_equal(coding_suffix(CODING_IDENTITY).n, 0);
    static const char *const encoded[] = {"a.gz", "a.tar.gz", "sub/a.br", "A.GZ", "a.b.zst", ".br"};
    static const char *const others[] = {"",         "a",      "gz",    "br",    "a.gzip",
                                         "a.gz.txt", "a.zstd", "a.tgz", "a.br/b"};
    for (size_t i = 0; i < LENGTH(encoded); i++)
        assert_true(coding_is_in_name(guarded_text(encoded[i])));
    for (size_t i = 0; i < LENGTH(others); i++)
        assert_false(coding_is_in_name(guarded_text(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("coding", tests, NULL, NULL);
}
