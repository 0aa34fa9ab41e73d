/* The information beside a part file, and how many bytes of the part it lets us trust. */
#include "client/info.h"
#include "guard.h"
#include "unit.h"

static const char good[] = "ferry-part 1\n"
                           "url http://nas:6767/a.iso\n"
                           "place http://mirror/a.iso\n"
                           "validator \"one\"\n"
                           "total 100\n"
                           "synced 40\n"
                           "boot 1-2-3\n"
                           "end\n";

static bool parse(const char *text, size_t n, struct info *ret)
{
    const char *copy = guard_end(text, n);
    bool ok = info_parse((struct slice){copy, n}, ret);
    guard_free(copy, n);
    return ok;
}

static void comes_back_as_it_went(void **state)
{
    (void)state;
    struct info i;
    struct buf out = buf_new(65536);
    assert_true(parse(good, sizeof good - 1, &i));
    assert_string_equal(i.url, "http://nas:6767/a.iso");
    assert_string_equal(i.place, "http://mirror/a.iso");
    assert_string_equal(i.validator, "\"one\"");
    assert_true(i.totalled);
    assert_int_equal(i.total, 100);
    assert_int_equal(i.synced, 40);
    assert_true(info_add(&out, &i));
    assert_true(slice_eq(buf_slice(&out), SLICE(good)));
    buf_free(&out);
    i.totalled = false;
    assert_true(info_add(&out, &i));
    assert_true(parse(buf_slice(&out).p, buf_len(&out), &i));
    assert_false(i.totalled);
    buf_free(&out);
}

static void any_cut_and_any_wrong_byte_is_seen(void **state)
{
    (void)state;
    struct info i;
    for (size_t n = 0; n + 1 < sizeof good; n++)
        assert_false(parse(good, n, &i));
    static const char *const wrong[][2] = {
        {"ferry-part 1", "ferry-part 2"}, {"url ", "URL "},         {"total 100", "total"},
        {"total 100", "total -1"},        {"total 100", "total x"}, {"synced 40", "synced 4 "},
        {"boot 1-2-3", "boot "},          {"end", "END"},           {"end\n", "end\nmore"},
        {"validator \"one\"\n", ""},      {"place ", "\nplace "},
    };
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        char text[512];
        const char *at = strstr(good, wrong[w][0]);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, wrong[w][1],
                 at + strlen(wrong[w][0]));
        assert_false(parse(text, strlen(text), &i));
    }
    char hole[sizeof good];
    memcpy(hole, good, sizeof good);
    hole[20] = '\0';
    assert_false(parse(hole, sizeof good - 1, &i));
}

static void a_line_break_cannot_forge_a_line(void **state)
{
    (void)state;
    struct info i;
    struct buf out = buf_new(65536);
    assert_true(parse(good, sizeof good - 1, &i));
    snprintf(i.validator, sizeof i.validator, "\"a\"\ntotal 5");
    assert_false(info_add(&out, &i));
    i.validator[0] = '\0';
    assert_false(info_add(&out, &i));
    buf_free(&out);
}

static const struct {
    const char *url, *boot;
    uint64_t size, trusted;
} trust[] = {
    {"http://nas:6767/a.iso", "1-2-3", 90, 90},
    {"http://nas:6767/a.iso", "1-2-3", 100, 100},
    {"http://nas:6767/a.iso", "1-2-3", 40, 40},
    {"http://nas:6767/a.iso", "1-2-3", 101, 0}, /* longer than the file */
    {"http://nas:6767/a.iso", "1-2-3", 39, 0},  /* shorter than what is on the disk for certain */
    {"http://nas:6767/a.iso", "9-9-9", 90, 40}, /* after a power cut the size may be ahead of the content */
    {"http://nas:6767/a.iso", "", 90, 40},      /* the boot is unknown */
    {"http://nas:6767/b.iso", "1-2-3", 90, 0},
    {"http://nas:6767/a.iso?sig=2", "1-2-3", 90, 90}, /* a strong tag and a length: the query may differ */
    {"http://nas:6767/a.iso?sig=2", "9-9-9", 90, 40},
    {"http://nas:6767/a.isos?sig=2", "1-2-3", 90, 0},
};

static void trusts_only_what_is_certain(void **state)
{
    (void)state;
    struct info i;
    assert_true(parse(good, sizeof good - 1, &i));
    for (size_t t = 0; t < sizeof trust / sizeof *trust; t++)
        assert_int_equal(info_trusted(&i, trust[t].url, trust[t].boot, trust[t].size), trust[t].trusted);
}

static void knows_what_was_written_here(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool ours;
    } texts[] = {
        {good, sizeof good - 1, true},
        {"ferry-part 2\nanything", 21, true}, /* by another version */
        {"ferry-pa", 8, true},                /* cut short */
        {"", 0, true},                        /* possible after a power cut */
        {"\0\0\0\0", 4, true},
        {"\0\0x", 3, false},
        {"ferry", 5, true},
        {"ferry-boats\n", 12, false},
        {"notes\n", 6, false},
        {" ferry-part 1\n", 14, false},
    };
    struct info i;
    (void)state;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        const char *copy = guard_end(texts[t].text, texts[t].len);
        assert_int_equal(info_is_ours((struct slice){copy, texts[t].len}), texts[t].ours);
        guard_free(copy, texts[t].len);
    }
    assert_true(info_is_ours(info_claim()));
    assert_false(info_parse(info_claim(), &i));
}

static void a_query_counts_where_nothing_else_tells(void **state)
{
    (void)state;
    struct info i;
    assert_true(parse(good, sizeof good - 1, &i));
    i.totalled = false;
    assert_int_equal(info_trusted(&i, "http://nas:6767/a.iso?sig=2", "1-2-3", 90), 0);
    i.totalled = true;
    snprintf(i.validator, sizeof i.validator, "Tue, 14 Nov 2023 22:13:10 GMT");
    assert_int_equal(info_trusted(&i, "http://nas:6767/a.iso?sig=2", "1-2-3", 90), 0);
    assert_int_equal(info_trusted(&i, "http://nas:6767/a.iso", "1-2-3", 90), 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(any_cut_and_any_wrong_byte_is_seen),
        cmocka_unit_test(knows_what_was_written_here),
        cmocka_unit_test(a_line_break_cannot_forge_a_line),
        cmocka_unit_test(trusts_only_what_is_certain),
        cmocka_unit_test(a_query_counts_where_nothing_else_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
