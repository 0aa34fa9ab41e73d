/* Dates as HTTP writes them. */
#include "unit.h"

#include "guarded.h"
#include "http/date.h"

#include <locale.h>
#include <stdlib.h>

/* Monday, 23 November 2026, 12:00:00 */
#define NOW ((time_t)1795435200)

static const struct {
    time_t t;
    const char *text;
} moments[] = {
    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"}, /* the RFC's example */
    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
    {951868799, "Tue, 29 Feb 2000 23:59:59 GMT"},
    {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
    {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
    {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
    {NOW, "Mon, 23 Nov 2026 12:00:00 GMT"},
    {-62167219200, "Sat, 01 Jan 0000 00:00:00 GMT"},
    {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(moments); i++) {
        char text[DATE_TEXT_SIZE];
        date_format(moments[i].t, text);
        assert_string_equal(text, moments[i].text);
    }
}

static void writes_the_nearest_when_four_digits_do_not_do(void **state)
{
    char text[DATE_TEXT_SIZE];
    (void)state;
    date_format(253402300800, text);
    assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    date_format((time_t)INT64_MAX, text);
    assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    date_format(-62167219201, text);
    assert_string_equal(text, "Sat, 01 Jan 0000 00:00:00 GMT");
    date_format((time_t)INT64_MIN, text);
    assert_string_equal(text, "Sat, 01 Jan 0000 00:00:00 GMT");
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(moments); i++) {
        time_t t = 42;
        assert_true(date_parse(guarded_text(moments[i].text), NOW, &t));
        assert_true(t == moments[i].t);
    }
}

/* The first and the last second of every month of ten thousand years, and the days around them. */
static void agrees_with_libc(void **state)
{
    (void)state;
    for (int month = 0; month < 120000; month++) {
        for (int day = -1; day <= 1; day++) {
            char text[DATE_TEXT_SIZE], want[DATE_TEXT_SIZE];
            struct tm tm = {.tm_year = month / 12 - 1900, .tm_mon = month % 12, .tm_mday = 1};
            time_t t = timegm(&tm) + day * 86399;
            if (t < -62167219200)
                continue;
            gmtime_r(&t, &tm);
            /* The tests run in the C locale, except the one that sets another. strftime() does not pad
             * years. */
            size_t n = strftime(want, sizeof want, "%a, %d %b ", &tm);
            n += (size_t)snprintf(want + n, sizeof want - n, "%04d ", (tm.tm_year + 1900) % 10000);
            strftime(want + n, sizeof want - n, "%H:%M:%S GMT", &tm);
            date_format(t, text);
            assert_string_equal(text, want);
            time_t back;
            assert_true(date_parse(slice_of(text), NOW, &back));
            assert_true(back == t);
        }
    }
}

static void knows_no_locale_and_no_zone(void **state)
{
    char text[DATE_TEXT_SIZE];
    (void)state;
    setenv("TZ", "Pacific/Auckland", 1);
    setlocale(LC_ALL, "de_DE.UTF-8"); /* if it is not installed, this proves nothing */
    date_format(784111777, text);
    setlocale(LC_ALL, "C");
    unsetenv("TZ");
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void reads_all_three_forms(void **state)
{
    static const struct {
        const char *text;
        time_t t;
    } examples[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun Nov 06 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        /* the weekday is not checked */
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Wednesday, 06-Nov-94 08:49:37 GMT", 784111777},
        /* a leap second is the one after :59 */
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Fri, 31 Dec 1999 23:59:59 GMT", 946684799},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        time_t t = 42;
        if (!date_parse(guarded_text(examples[i].text), NOW, &t) || t != examples[i].t)
            fail_msg("\"%s\": %jd", examples[i].text, (intmax_t)t);
    }
}

static void completes_two_digit_years(void **state)
{
    static const struct {
        const char *now, *short_form, *means;
    } examples[] = {
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Monday, 23-Nov-26 12:00:00 GMT", "Mon, 23 Nov 2026 12:00:00 GMT"},
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Monday, 01-Jan-00 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"},
        /* fifty years ahead may be; a second more is past */
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Monday, 23-Nov-76 12:00:00 GMT", "Mon, 23 Nov 2076 12:00:00 GMT"},
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Tuesday, 23-Nov-76 12:00:01 GMT", "Tue, 23 Nov 1976 12:00:01 GMT"},
        /* across the turn of a century */
        {"Tue, 01 Jun 2060 00:00:00 GMT", "Friday, 01-Jan-10 00:00:00 GMT", "Wed, 01 Jan 2110 00:00:00 GMT"},
        {"Tue, 01 Jun 2060 00:00:00 GMT", "Friday, 01-Jan-11 00:00:00 GMT", "Sat, 01 Jan 2011 00:00:00 GMT"},
        {"Sat, 01 Jan 2000 00:00:00 GMT", "Friday, 31-Dec-99 00:00:00 GMT", "Fri, 31 Dec 1999 00:00:00 GMT"},
        /* 2000 has a 29 February, 2100 has none */
        {"Mon, 23 Nov 2026 12:00:00 GMT", "Tuesday, 29-Feb-00 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT"},
        {"Thu, 29 Feb 2024 00:00:00 GMT", "Tuesday, 28-Feb-74 00:00:00 GMT", "Wed, 28 Feb 2074 00:00:00 GMT"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        time_t now, t;
        char text[DATE_TEXT_SIZE];
        assert_true(date_parse(slice_of(examples[i].now), 0, &now));
        assert_true(date_parse(guarded_text(examples[i].short_form), now, &t));
        date_format(t, text);
        assert_string_equal(text, examples[i].means);
    }
    time_t now, t;
    assert_true(date_parse(SLICE("Mon, 01 Jan 2080 00:00:00 GMT"), 0, &now));
    assert_false(date_parse(SLICE("Tuesday, 29-Feb-00 00:00:00 GMT"), now, &t));
}

static void any_now_will_do(void **state)
{
    static const time_t nows[] = {(time_t)INT64_MIN, -62167219200, -1, 0, 253402300799, (time_t)INT64_MAX};
    (void)state;
    for (size_t i = 0; i < LENGTH(nows); i++) {
        time_t t;
        date_parse(SLICE("Sunday, 06-Nov-94 08:49:37 GMT"), nows[i], &t);
        date_parse(SLICE("Sunday, 31-Dec-00 23:59:60 GMT"), nows[i], &t);
    }
}

static void refuses(void **state)
{
    static const char *const examples[] = {
        "",
        "0",
        "now",
        "Sun",
        "784111777",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 -8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 99 Feb 2024 08:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov   6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    };
    time_t t;
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++)
        if (date_parse(guarded_text(examples[i]), NOW, &t))
            fail_msg("\"%s\" was taken", examples[i]);
    assert_false(date_parse((struct slice){0}, NOW, &t));
    assert_false(date_parse(guarded(SLICE("Sun, 06 Nov 1994 08:49:37 GMT\0")), NOW, &t));
}

static void reads_nothing_of_a_beginning(void **state)
{
    static const char *const whole[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    time_t t;
    (void)state;
    for (size_t i = 0; i < LENGTH(whole); i++)
        for (size_t n = 0; n < strlen(whole[i]); n++)
            assert_false(date_parse(guarded((struct slice){whole[i], n}), NOW, &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes),
        cmocka_unit_test(writes_the_nearest_when_four_digits_do_not_do),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(agrees_with_libc),
        cmocka_unit_test(knows_no_locale_and_no_zone),
        cmocka_unit_test(reads_all_three_forms),
        cmocka_unit_test(completes_two_digit_years),
        cmocka_unit_test(any_now_will_do),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_nothing_of_a_beginning),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
