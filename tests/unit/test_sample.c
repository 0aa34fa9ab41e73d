/* Which beginnings of texts may be called UTF-8. */
#include "content/sample.h"
#include "guarded.h"
#include "unit.h"

#define HTML "text/html"
#define CSS "text/css"
#define PLAIN "text/plain"
#define XML "text/xml"
#define E "\xc3\xa9"

static void texts(void **state)
{
    static const struct {
        const char *type, *in;
        bool whole, cut; /* UTF-8 if that is the whole text, and if more follows */
    } cases[] = {
        {PLAIN, "", true, true},
        {PLAIN, "ascii", true, true},
        {PLAIN, E, true, true},
        {PLAIN, "a\xc3", false, true},
        {PLAIN, "a\xc3x", false, false},
        {PLAIN, "\xe9 ", false, false},
        {PLAIN, "<meta charset=windows-1251>", true, true}, /* declarations are not read in this type */
        {PLAIN, "@charset \"windows-1251\";", true, true},

        {HTML, "<p>", true, false},
        {HTML, "<p>" E, true, true},
        {HTML, "<p>\xe9", false, false},
        {HTML, "<meta charset=utf-8>", true, true},
        {HTML, "<META CharSet = 'UTF-8' />", true, true},
        {HTML, "<meta charset=\"utf8\">", true, true},
        {HTML, "<meta charset=\" utf-8 \">", true, true},
        {HTML, "<meta charset=utf-8/>", true, true},
        {HTML, "<meta charset=windows-1251>", false, false},
        {HTML, "<meta charset=windows-1251>" E, false, false},
        {HTML, "<meta charset=utf-80>", false, false},
        {HTML, "<meta charset=utf-16>", false, false},
        {HTML, "<meta charset=>", false, false},
        {HTML, "<meta charset", true, false},
        {HTML, "<meta charset=ut", false, false}, /* cut within the name */
        {HTML, "<meta", true, false},
        {HTML, "<met", true, false},
        {HTML, "<meta http-equiv='Content-Type' content='text/html; charset=iso-8859-1'>", false, false},
        {HTML, "<meta content=\"text/html;charset=UTF-8\" http-equiv=Content-Type>", true, true},
        {HTML, "<meta name=x><meta charset=koi8-r>", false, false},
        {HTML, "<meta charset=utf-8><meta charset=koi8-r>", false, false},
        {HTML, "<meta charset=koi8-r><meta charset=utf-8>", false, false},
        {HTML, "<meta name=charset content=x><meta charset=utf-8>", true, true},
        {HTML, "<p>charset=koi8-r</p>" E, true, true},
        {HTML, "<script charset=koi8-r></script>" E, true, true},
        {HTML, "\xef\xbb\xbf<meta charset=koi8-r>", true, true}, /* the byte order mark overrides it */
        {HTML, "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><html>", false, false},
        {HTML, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><html>", true, true},
        {"Text/HTML", "<meta charset=koi8-r>", false, false},

        {CSS, "p {}", true, true},
        {CSS, "@charset \"utf-8\"; p {}", true, true},
        {CSS, "@charset \"windows-1251\"; p {}", false, false},
        {CSS, "@charset \"win", false, false},
        {CSS, " @charset \"windows-1251\"; p {}", true, true}, /* not at the front, so it does not count */
        {CSS, "<meta charset=koi8-r>", true, true},

        {XML, "<?xml version='1.0' encoding='koi8-r'?>", false, false},
        {XML, "<?xml version='1.0' encoding = 'utf-8' ?>" E, true, true},
        {XML, "<?xml version='1.0'?><a encoding='koi8-r'/>", true, true},

        {PLAIN, "\x1b$B\x46\x7c\x1b(B", false, false}, /* ISO-2022-JP */
        {PLAIN, "\x1b$)C\x0e", false, false},          /* ISO-2022-KR */
        {PLAIN, "\x1b(Jx\x1b(B", false, false},
        {HTML, "<meta charset=utf-8>\x1b$B\x46\x7c\x1b(B", false, false},
        {PLAIN, "\x1b[31mred\x1b[0m\x1b(B\x1b[m", true, true}, /* colours of a terminal */
        {PLAIN, "\x1b$B" E, true, true},                       /* not ASCII, so it is not ISO 2022 */
        {PLAIN, "x\x1b", true, true},
        {PLAIN, "x\x1b$", true, true},
        {PLAIN, "x\x1b(", true, true},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        for (int is_cut = 0; is_cut < 2; is_cut++) {
            bool utf8 = sample_judge(guarded_text(cases[i].in), is_cut, cases[i].type) == SAMPLE_UTF8;
            if (utf8 != (is_cut ? cases[i].cut : cases[i].whole))
                fail_msg("case %zu%s: %s", i, is_cut ? ", cut" : "", cases[i].in);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
