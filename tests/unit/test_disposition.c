/* The name under which a browser saves an answer. */
#include "guarded.h"
#include "http/disposition.h"
#include "unit.h"

static void keeps_every_name(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"a.txt", "attachment; filename=\"a.txt\""},
        {"sub/a b.txt", "attachment; filename=\"a b.txt\""},
        {"", "attachment; filename=\"\""},
        {"a\"b\\c", "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b%5Cc"},
        {"100%", "attachment; filename=\"100_\"; filename*=UTF-8''100%25"},
        {"gr\xc3\xb6\xc3\x9f"
         "e",
         "attachment; filename=\"gr____e\"; filename*=UTF-8''gr%C3%B6%C3%9Fe"},
        {"a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct buf b = buf_new(1000);
        disposition_add(&b, guarded_text(cases[i].name));
        if (!slice_eq(buf_slice(&b), slice_of(cases[i].value)))
            fail_msg("case %zu: %.*s", i, (int)buf_len(&b), buf_slice(&b).p);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_every_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
