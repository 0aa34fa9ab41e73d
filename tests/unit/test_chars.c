/* The classes of bytes, compared with the lists in the RFCs. */
#include "guarded.h"
#include "http/chars.h"
#include "unit.h"

#include <ctype.h>

static bool is_one_of(int c, const char *list)
{
    return c != 0 && strchr(list, c);
}

static void each_byte_has_its_classes(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool alnum = c < 128 && isalnum(c), control = c < 32 || c == 127;
        if (char_is((char)c, CHAR_TEXT) != (!control || c == '\t'))
            fail_msg("text: %#x", (unsigned)c);
        if (char_is((char)c, CHAR_TARGET) != (!control && !is_one_of(c, " #")))
            fail_msg("target: %#x", (unsigned)c);
        if (char_is((char)c, CHAR_TOKEN) != (alnum || is_one_of(c, "!#$%&'*+-.^_`|~")))
            fail_msg("token: %#x", (unsigned)c);
        if (char_is((char)c, CHAR_HOST) != (alnum || is_one_of(c, "-._~!$&'()*+,;=")))
            fail_msg("host: %#x", (unsigned)c);
    }
}

/* One wrong byte is found at any position. */
static void each_byte_of_a_slice_counts(void **state)
{
    char text[41];
    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        memset(text, 'a', n);
        assert_true(chars_are(guarded((struct slice){text, n}), CHAR_TOKEN));
        for (size_t wrong = 0; wrong < n; wrong++) {
            text[wrong] = ' ';
            assert_false(chars_are(guarded((struct slice){text, n}), CHAR_TOKEN));
            assert_true(chars_are(guarded((struct slice){text, n}), CHAR_TEXT));
            text[wrong] = 'a';
        }
    }
    assert_false(token_ok(SLICE("")));
    assert_true(token_ok(guarded_text("x-y")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_has_its_classes),
        cmocka_unit_test(each_byte_of_a_slice_counts),
    };
    return cmocka_run_group_tests_name("chars", tests, NULL, NULL);
}
