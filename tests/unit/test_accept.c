/* Proactive negotiation. */
#include "unit.h"

#include "guarded.h"
#include "http/accept.h"

/* RFC 9110 12.5.1's own example, as far as it is about types without parameters. */
#define RFC                                                                                                  \
    "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
#define FIREFOX "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
#define JAVA "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"

static const struct {
    const char *accept, *type;
    int quality;
} examples[] = {
    {NULL, "text/html", 1000},
    {"", "text/html", 1000},
    {" , ,", "text/html", 1000},
    {"*/*", "text/html", 1000},
    {"text/html", "text/html", 1000},
    {"text/*", "text/html", 1000},
    {"text/*", "application/json", 0},
    {"text/html", "application/json", 0},
    {"text/htm", "text/html", 0},
    {"text/htmlx", "text/html", 0},
    {"Text/HTML", "text/html", 1000},
    {"application/json, text/html", "text/html", 1000},
    {"\tapplication/json ,\ttext/html ", "text/html", 1000},
    /* weights */
    {"text/html;q=0.5", "text/html", 500},
    {"text/html;q=0.505", "text/html", 505},
    {"text/html;q=0.001", "text/html", 1},
    {"text/html;q=0", "text/html", 0},
    {"text/html;q=0.", "text/html", 0},
    {"text/html;q=0.000", "text/html", 0},
    {"text/html;q=1", "text/html", 1000},
    {"text/html;q=1.", "text/html", 1000},
    {"text/html;q=1.000", "text/html", 1000},
    {"text/html ; Q=0.5", "text/html", 500},
    {"text/html;q=.2", "text/html", 200},
    /* the most specific element decides, at any position */
    {RFC, "text/plain", 700},
    {RFC, "text/html", 300},
    {RFC, "image/jpeg", 500},
    {"text/html;q=0.7, */*", "text/html", 700},
    {"*/*, text/html;q=0.7", "text/html", 700},
    {"*/*, text/html;q=0", "text/html", 0},
    {"text/*;q=0, */*", "text/html", 0},
    {"text/html;q=0.2, text/html;q=0.4, text/html;q=0.3", "text/html", 400},
    {FIREFOX, "text/html", 1000},
    {FIREFOX, "application/json", 800},
    {JAVA, "application/json", 200},
    /* parameters narrow, except the charset that we send */
    {"text/html;level=1", "text/html", 0},
    {"text/html;level=1, text/html;q=0.4", "text/html", 400},
    {"text/html;level=1;q=0.9, text/*;q=0.3", "text/html", 300},
    {"text/html;q=0.9;level=1, text/*;q=0.3", "text/html", 300},
    {"application/json; charset=utf-8", "application/json", 1000},
    {"application/json;Charset=\"UTF-8\";q=0.5", "application/json", 500},
    {"text/html;charset=latin1", "text/html", 0},
    {"text/html;;q=0.5;", "text/html", 500},
    /* a comma or semicolon in quotes separates nothing */
    {"text/html;a=\",text/plain\"", "text/plain", 0},
    {"text/html;a=\";q=0.1\", text/plain;q=0.6", "text/plain", 600},
    {"text/html;a=\"\\\",\", text/plain;q=0.6", "text/plain", 600},
    {"text/html;a=\"never closed, text/plain", "text/plain", 1000},
    {"text/html;a=\"\\", "text/plain", 1000},
    /* malformed elements are skipped */
    {"text/html;q=2, */*;q=0.1", "text/html", 100},
    {"text/html;q=1.001, */*;q=0.1", "text/html", 100},
    {"text/html;q=0.1234, */*;q=0.1", "text/html", 100},
    {"text/html;q=10, */*;q=0.1", "text/html", 100},
    {"text/html;q=-1, */*;q=0.1", "text/html", 100},
    {"text/html;q=, */*;q=0.1", "text/html", 100},
    {"text/html;q=., */*;q=0.1", "text/html", 100},
    {"text/html;q, */*;q=0.1", "text/html", 100},
    {"text/html;q=0.x, */*;q=0.1", "text/html", 100},
    {"text/html;q =0.5, */*;q=0.1", "text/html", 100},
    {"text/html;q=0.5;q=0.6, */*;q=0.1", "text/html", 100},
    {"text/html;level, */*;q=0.1", "text/html", 100},
    {"text/html;=1, */*;q=0.1", "text/html", 100},
    {"text/html;a=b c, */*;q=0.1", "text/html", 100},
    {"*/html, */*;q=0.1", "text/html", 100},
    {"text, */*;q=0.1", "text/html", 100},
    {"text/, */*;q=0.1", "text/html", 100},
    {"/html, */*;q=0.1", "text/html", 100},
    {"text/html/x, */*;q=0.1", "text/html", 100},
    {"text / html, */*;q=0.1", "text/html", 100},
    {";q=1, */*;q=0.1", "text/html", 100},
    /* a field with no valid element is ignored */
    {"text", "text/html", 1000},
    {"*;q=0.5", "text/html", 1000},
    {"/", "text/html", 1000},
};

static void quality(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        int got = accept_quality(guarded_text(examples[i].accept), guarded_text(examples[i].type));
        if (got != examples[i].quality)
            fail_msg("%s for %s: %d, not %d", examples[i].accept, examples[i].type, got, examples[i].quality);
    }
}

static void coding_quality(void **state)
{
    static const struct {
        const char *accept, *coding;
        int quality;
    } cases[] = {
        {NULL, "gzip", 0},
        {"", "gzip", 0},
        {"gzip", "gzip", 1000},
        {"GZip", "gzip", 1000},
        {"gzip", "br", 0},
        {"gzip, deflate, br", "br", 1000},
        {"gzip;q=0.5", "gzip", 500},
        {"gzip ; q=0.5", "gzip", 500},
        {"gzip;q=0", "gzip", 0},
        {"gzip;q=0.000", "gzip", 0},
        {" ,\tgzip , ,", "gzip", 1000},
        {"gzipped", "gzip", 0},
        {"gzi", "gzip", 0},
        /* another name */
        {"x-gzip", "gzip", 1000},
        {"x-gzip;q=0.2", "gzip", 200},
        {"x-br", "br", 0},
        /* everything that is not named */
        {"*", "br", 1000},
        {"*;q=0.3", "br", 300},
        {"*, br;q=0", "br", 0},
        {"br;q=0, *", "br", 0},
        {"br;q=0.2, *;q=0.7", "br", 200},
        {"gzip;q=0, *;q=0", "br", 0},
        {"*;q=0", "identity", 0},
        {"*;q=0, identity;q=0.1", "identity", 100},
        /* malformed elements are skipped */
        {"gzip;q=2", "gzip", 0},
        {"gzip;q=-1", "gzip", 0},
        {"gzip;q=", "gzip", 0},
        {"gzip;q", "gzip", 0},
        {"gzip;level=1", "gzip", 0},
        {"gz ip", "gzip", 0},
        {"gzip;q=2, *;q=0.1", "gzip", 100},
        {"\"gzip\"", "gzip", 0},
        {"gzip/br", "gzip", 0},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int got = accept_coding_quality(guarded_text(cases[i].accept), guarded_text(cases[i].coding));
        if (got != cases[i].quality)
            fail_msg("%s for %s: %d, not %d", cases[i].accept, cases[i].coding, got, cases[i].quality);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quality),
        cmocka_unit_test(coding_quality),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
