/* The progress bar: correct at any width and for any name. */
#include "base/text.h"
#include "client/progress.h"
#include "unit.h"

#include <locale.h>

static const struct {
    struct progress_view view;
    int width;
    const char *line;
} lines[] = {
    {{"debian.iso", 450, 1000, true, 100, false},
     80,
     "debian.iso   45%  [==========>            ]  450 B / 1000 B  100 B/s  0:05 left"},
    {{"debian.iso", 450, 1000, true, 100, false}, 60, "debian.iso   45%  450 B / 1000 B  100 B/s  0:05 left"},
    {{"debian.iso", 450, 1000, true, 100, false}, 40, "debia...   45%  450 B / 1000 B  100 B/s"},
    {{"debian.iso", 450, 1000, true, 100, false}, 20, "debian.iso   45%"},
    {{"debian.iso", 450, 1000, true, 100, false}, 10, " 45%"},
    {{"debian.iso", 450, 1000, true, 100, false}, 5, " 45%"},
    {{"debian.iso", 450, 1000, true, 100, false}, 4, ""},
    {{"debian.iso", 450, 0, false, 100, false}, 80, "debian.iso  450 B  100 B/s"},
    {{"a", 0, 1000, true, 0, false}, 60, "a    0%  [>                                 ]  0 B / 1000 B"},
    {{"a", 1000, 1000, true, 9, false}, 60, "a  100%  [========================]  1000 B / 1000 B  9 B/s"},
    {{"a", 999, 1000, true, 0, false}, 20, "a   99%  [=======>]"},
    {{"a", 0, 0, true, 0, false}, 20, "a  100%  0 B / 0 B"},
    {{"a", 5, 10, true, 1, true},
     60,
     "a   50%  [\x1b[36m=========\x1b[39m>        ]  5 B / 10 B  1 B/s  0:05 left"},
};

static void shows_what_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct buf out = buf_new(4096);
        progress_render(&out, &lines[i].view, lines[i].width);
        struct slice s = buf_slice(&out);
        char text[1024];
        snprintf(text, sizeof text, "%.*s", (int)s.n, s.p);
        assert_string_equal(text, lines[i].line);
        buf_free(&out);
    }
}

static void never_wraps(void **state)
{
    (void)state;
    const char *const names[] = {
        "",
        "a",
        "debian-12.0.0-amd64-netinst.iso",
        "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97",
        "e\xcc\x81\xcc\x81\xcc\x81",
        "\x1b[31m\n\r\t\x9b\xff\xe2\x80\xae\xe2\x80\x8b",
    };
    const uint64_t amounts[][2] = {{0, 0}, {1, 1}, {0, UINT64_MAX}, {UINT64_MAX - 1, UINT64_MAX}, {7, 3}};
    const uint64_t speeds[] = {0, 1, 123456789, UINT64_MAX};
    for (int width = 1; width <= 300; width++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            for (size_t a = 0; a < sizeof amounts / sizeof *amounts; a++)
                for (size_t s = 0; s < sizeof speeds / sizeof *speeds; s++)
                    for (int totalled = 0; totalled < 2; totalled++) {
                        struct escaped name = escape(slice_of(names[n]));
                        struct progress_view v = {name.text, amounts[a][0], amounts[a][1],
                                                  totalled,  speeds[s],     false};
                        struct buf out = buf_new(4096);
                        progress_render(&out, &v, width);
                        assert_false(out.failed);
                        assert_true(text_columns(buf_slice(&out)) <= width - 1);
                        for (size_t i = 0; i < buf_len(&out); i++)
                            assert_true((unsigned char)buf_slice(&out).p[i] >= ' ');
                        buf_free(&out);
                    }
}

static void durations(void **state)
{
    (void)state;
    assert_string_equal(progress_duration(0).text, "0:00");
    assert_string_equal(progress_duration(59).text, "0:59");
    assert_string_equal(progress_duration(754).text, "12:34");
    assert_string_equal(progress_duration(3599).text, "59:59");
    assert_string_equal(progress_duration(3723).text, "1:02:03");
    assert_string_equal(progress_duration(99 * 3600 + 3599).text, "99:59:59");
    assert_string_equal(progress_duration(100 * 3600).text, "over 99 h");
    assert_string_equal(progress_duration(UINT64_MAX).text, "over 99 h");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* as main() does: it determines the width of characters */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_fits),
        cmocka_unit_test(never_wraps),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
