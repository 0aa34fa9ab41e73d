/* Conditional requests: which answer the fields lead to, and in which order they count. */
#include "unit.h"

#include "guarded.h"
#include "http/conditions.h"

/* The file changed at SAME, an hour before now. */
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"
#define SAME_RFC850 "Sunday, 06-Nov-94 08:49:37 GMT"
#define SAME_ASCTIME "Sun Nov  6 08:49:37 1994"
#define MODIFIED ((time_t)784111777)

#define PROCEED CONDITION_PROCEED
#define KNOWN CONDITION_NOT_MODIFIED
#define FAILED CONDITION_FAILED

static struct validators validators(const char *etag)
{
    return (struct validators){.etag = guarded_text(etag), .modified = MODIFIED, .now = MODIFIED + 3600};
}

struct example {
    const char *field, *etag;
    enum condition_result result;
};

static void if_none_match(void **state)
{
    static const struct example examples[] = {
        {NULL, "\"a\"", PROCEED},
        {"\"a\"", "\"a\"", KNOWN},
        {"\"b\"", "\"a\"", PROCEED},
        {"\"A\"", "\"a\"", PROCEED},
        {"\"\"", "\"\"", KNOWN},
        {"\"\"", "\"a\"", PROCEED},
        /* weak comparison */
        {"W/\"a\"", "\"a\"", KNOWN},
        {"\"a\"", "W/\"a\"", KNOWN},
        {"W/\"a\"", "W/\"a\"", KNOWN},
        {"W/\"b\"", "W/\"a\"", PROCEED},
        /* lists; a comma may be part of a tag */
        {"\"x\", \"a\"", "\"a\"", KNOWN},
        {"\"a\",\"x\"", "\"a\"", KNOWN},
        {"\"x\" ,\t W/\"a\"", "\"a\"", KNOWN},
        {",, \"x\",,\"a\" ,", "\"a\"", KNOWN},
        {"\"x\", \"y\"", "\"a\"", PROCEED},
        {"\"a,b\"", "\"a,b\"", KNOWN},
        {"\"a,b\"", "\"a\"", PROCEED},
        {"\"x,\", \",a\"", "\",a\"", KNOWN},
        {"\"\xc3\xbc\"", "\"\xc3\xbc\"", KNOWN},
        /* any version */
        {"*", "\"a\"", KNOWN},
        {" * ", "\"a\"", KNOWN},
        {"*", "", KNOWN},
        {"\"a\"", "", PROCEED},
        {"\"*\"", "\"a\"", PROCEED},
        /* an invalid list matches nothing */
        {"", "\"a\"", PROCEED},
        {",", "\"a\"", PROCEED},
        {"a", "\"a\"", PROCEED},
        {"a", "a", PROCEED},
        {"\"a", "\"a\"", PROCEED},
        {"\"", "\"\"", PROCEED},
        {"w/\"a\"", "\"a\"", PROCEED},
        {"W/", "\"a\"", PROCEED},
        {"W/a", "\"a\"", PROCEED},
        {"W/ \"a\"", "\"a\"", PROCEED},
        {"'a'", "\"a\"", PROCEED},
        {"\"a b\"", "\"a b\"", PROCEED},
        {"\"a\" \"b\"", "\"a\"", PROCEED},
        {"\"a\", *", "\"a\"", PROCEED},
        {"*, \"a\"", "\"a\"", PROCEED},
        {"\"a\", b", "\"a\"", PROCEED},
        {"\"a\\\"\"", "\"a\\\"", PROCEED}, /* a backslash escapes nothing, so there is a quote too many */
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = validators(examples[i].etag);
        struct conditions c = {.if_none_match = guarded_text(examples[i].field)};
        enum condition_result result = conditions_evaluate(&c, &v);
        if (result != examples[i].result)
            fail_msg("If-None-Match: %s with %s: %d", examples[i].field, examples[i].etag, (int)result);
    }
}

static void if_match(void **state)
{
    static const struct example examples[] = {
        {NULL, "\"a\"", PROCEED},
        {"\"a\"", "\"a\"", PROCEED},
        {"\"b\"", "\"a\"", FAILED},
        {"\"b\", \"a\"", "\"a\"", PROCEED},
        {"*", "\"a\"", PROCEED},
        {"*", "", PROCEED},
        {"\"a\"", "", FAILED},
        /* strong comparison */
        {"W/\"a\"", "\"a\"", FAILED},
        {"\"a\"", "W/\"a\"", FAILED},
        {"W/\"a\"", "W/\"a\"", FAILED},
        /* in doubt, no match */
        {"", "\"a\"", FAILED},
        {"a", "\"a\"", FAILED},
        {"\"a\", b", "\"a\"", FAILED},
        {"\"a\" \"a\"", "\"a\"", FAILED},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = validators(examples[i].etag);
        struct conditions c = {.if_match = guarded_text(examples[i].field)};
        enum condition_result result = conditions_evaluate(&c, &v);
        if (result != examples[i].result)
            fail_msg("If-Match: %s with %s: %d", examples[i].field, examples[i].etag, (int)result);
    }
}

static void dates(void **state)
{
    static const struct {
        const char *date;
        enum condition_result if_modified_since, if_unmodified_since;
    } examples[] = {
        {NULL, PROCEED, PROCEED},
        {BEFORE, PROCEED, FAILED},
        {SAME, KNOWN, PROCEED},
        {AFTER, KNOWN, PROCEED},
        {SAME_RFC850, KNOWN, PROCEED},
        {SAME_ASCTIME, KNOWN, PROCEED},
        {"Fri, 31 Dec 9999 23:59:59 GMT", KNOWN, PROCEED},
        {"Sat, 01 Jan 0000 00:00:00 GMT", PROCEED, FAILED},
        /* as if absent */
        {"", PROCEED, PROCEED},
        {"yesterday", PROCEED, PROCEED},
        {AFTER ", " AFTER, PROCEED, PROCEED},
        {AFTER "; length=5", PROCEED, PROCEED},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = validators("\"a\"");
        struct slice date = guarded_text(examples[i].date);
        struct conditions modified = {.if_modified_since = date};
        struct conditions unmodified = {.if_unmodified_since = date};
        if (conditions_evaluate(&modified, &v) != examples[i].if_modified_since ||
            conditions_evaluate(&unmodified, &v) != examples[i].if_unmodified_since)
            fail_msg("%s", examples[i].date);
        /* If the file has no date, there is nothing to compare. */
        v.modified = 0;
        assert_int_equal(conditions_evaluate(&modified, &v), PROCEED);
        assert_int_equal(conditions_evaluate(&unmodified, &v), PROCEED);
    }
}

/* A file from the future gets a new date in each answer; its ctime is what counts. */
static void of_a_file_from_the_future(void **state)
{
    static const struct {
        const char *date;
        time_t changed;
        bool unmodified;
    } examples[] = {
        {SAME, MODIFIED, true},        {AFTER, MODIFIED, true},
        {BEFORE, MODIFIED, false}, /* it was another version then */
        {SAME, MODIFIED - 99, true},   {BEFORE, MODIFIED + 3600, false},
        {SAME, MODIFIED + 9999, true}, /* the clock was set back since */
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = {SLICE("\"a\""), INT64_MAX, MODIFIED + 3600, examples[i].changed};
        struct slice date = guarded_text(examples[i].date);
        struct conditions modified = {.if_modified_since = date}, unmodified = {.if_unmodified_since = date},
                          range = {.if_range = date};
        if (conditions_evaluate(&modified, &v) != (examples[i].unmodified ? KNOWN : PROCEED) ||
            conditions_evaluate(&unmodified, &v) != (examples[i].unmodified ? PROCEED : FAILED) ||
            conditions_range_allowed(&range, &v))
            fail_msg("example %zu", i);
    }
}

/* RFC 9110 13.2.2: a tag overrides the date beside it, and If-Match comes before If-None-Match. */
static void order(void **state)
{
    static const struct {
        const char *match, *unmodified, *none_match, *modified;
        enum condition_result result;
    } examples[] = {
        {"\"a\"", BEFORE, NULL, NULL, PROCEED}, {"\"b\"", AFTER, NULL, NULL, FAILED},
        {NULL, NULL, "\"b\"", AFTER, PROCEED},  {NULL, NULL, "\"a\"", BEFORE, KNOWN},
        {NULL, NULL, "b", AFTER, PROCEED}, /* also an invalid one */
        {NULL, NULL, "", AFTER, PROCEED},       {"\"b\"", NULL, "\"a\"", NULL, FAILED},
        {"\"a\"", NULL, "\"a\"", NULL, KNOWN},  {"\"a\"", NULL, "\"b\"", NULL, PROCEED},
        {NULL, BEFORE, "\"a\"", NULL, FAILED},  {NULL, AFTER, "\"a\"", NULL, KNOWN},
        {NULL, BEFORE, NULL, AFTER, FAILED},    {NULL, AFTER, NULL, AFTER, KNOWN},
        {NULL, AFTER, NULL, BEFORE, PROCEED},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = validators("\"a\"");
        struct conditions c = {
            .if_match = guarded_text(examples[i].match),
            .if_unmodified_since = guarded_text(examples[i].unmodified),
            .if_none_match = guarded_text(examples[i].none_match),
            .if_modified_since = guarded_text(examples[i].modified),
        };
        if (conditions_evaluate(&c, &v) != examples[i].result)
            fail_msg("example %zu", i);
    }
}

static void if_range(void **state)
{
    static const struct {
        const char *field, *etag;
        int age; /* seconds since the change */
        bool allowed;
    } examples[] = {
        {NULL, "\"a\"", 3600, true},
        {"\"a\"", "\"a\"", 3600, true},
        {"\"a\"", "\"a\"", 0, true},
        {"\"b\"", "\"a\"", 3600, false},
        {"W/\"a\"", "\"a\"", 3600, false},
        {"\"a\"", "W/\"a\"", 3600, false},
        {"W/\"a\"", "W/\"a\"", 3600, false},
        {"\"a\"", "", 3600, false},
        /* exactly one tag, no list, no star */
        {"\"a\", \"b\"", "\"a\"", 3600, false},
        {"*", "\"a\"", 3600, false},
        {"", "\"a\"", 3600, false},
        {"a", "\"a\"", 3600, false},
        /* a date counts if it is equal and its second is over */
        {SAME, "\"a\"", 3600, true},
        {SAME, "", 3600, true},
        {SAME_RFC850, "\"a\"", 3600, true},
        {BEFORE, "\"a\"", 3600, false},
        {AFTER, "\"a\"", 3600, false},
        {SAME, "\"a\"", 1, true},
        {SAME, "\"a\"", 0, false},
        {SAME, "\"a\"", -5, false},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct validators v = validators(examples[i].etag);
        v.now = MODIFIED + examples[i].age;
        struct conditions c = {.if_range = guarded_text(examples[i].field)};
        if (conditions_range_allowed(&c, &v) != examples[i].allowed)
            fail_msg("If-Range: %s with %s, changed %d s ago", examples[i].field, examples[i].etag,
                     examples[i].age);
    }
    struct validators v = {.etag = SLICE("\"a\""), .modified = 0, .now = MODIFIED};
    struct conditions c = {.if_range = SLICE("Thu, 01 Jan 1970 00:00:00 GMT")};
    assert_false(conditions_range_allowed(&c, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(if_none_match), cmocka_unit_test(if_match),
        cmocka_unit_test(dates),         cmocka_unit_test(order),
        cmocka_unit_test(if_range),      cmocka_unit_test(of_a_file_from_the_future),
    };
    return cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
}
