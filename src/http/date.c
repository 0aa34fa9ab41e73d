/* Dates as HTTP writes them (RFC 9110 5.6.7). */
#include "http/date.h"

/* Own arithmetic, because strftime() depends on the locale, and gmtime() takes the lock of the time zone.
 * Days count from the first day of year 0 of the proleptic Gregorian calendar, so that no day of a
 * four-digit year is negative. */

#define DAY_SECONDS 86400
#define EPOCH_DAY 719528 /* 1 January 1970 */

static const char weekdays[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* month counts from 0, day from 1 */
struct civil {
    int year, month, day, hour, minute, second;
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 1 && is_leap(year) ? 29 : days[month];
}

static int days_before_month(int year, int month)
{
    static const int days[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return days[month] + (month > 1 && is_leap(year));
}

/* Every 4th year is a leap year, except every 100th, except every 400th. Year 0 is one. */
static int64_t days_before_year(int64_t year)
{
    return 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

static int64_t seconds_of(const struct civil *c)
{
    int64_t days = days_before_year(c->year) + c->day - 1 - EPOCH_DAY;
    days += days_before_month(c->year, c->month);
    return days * DAY_SECONDS + c->hour * 3600 + c->minute * 60 + c->second;
}

/* The limits of four-digit years; a file system may hold any date. */
static const int64_t first = -(int64_t)EPOCH_DAY * DAY_SECONDS, last = 253402300799;

bool date_has_text(time_t t)
{
    return t >= first && t <= last;
}

static int64_t clamp(int64_t t)
{
    return t < first ? first : t > last ? last : t;
}

static struct civil civil_of(int64_t t, int *ret_weekday)
{
    int64_t since_0 = clamp(t) + (int64_t)EPOCH_DAY * DAY_SECONDS;
    int64_t day = since_0 / DAY_SECONDS;
    int second = (int)(since_0 % DAY_SECONDS);

    /* 400 years have 146,097 days. The estimate differs by one year at most. */
    int year = (int)(day * 400 / 146097);
    if (days_before_year(year) > day)
        year--;
    else if (days_before_year(year + 1) <= day)
        year++;

    struct civil c = {.year = year, .hour = second / 3600, .minute = second / 60 % 60, .second = second % 60};
    int left = (int)(day - days_before_year(year));
    /* No month has more than 31 days, so the estimate is right or one month too early. */
    c.month = left / 31;
    int before = days_before_month(year, c.month);
    if (left - before >= month_days(year, c.month))
        before = days_before_month(year, ++c.month);
    c.day = left - before + 1;
    *ret_weekday = (int)((day + 6) % 7); /* the first day of year 0 is a Saturday */
    return c;
}

/* Writes value with `width` digits and returns the end. */
static char *put_number(char *to, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + width;
}

static char *put_text(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

void date_format(time_t t, char out[DATE_TEXT_SIZE])
{
    int weekday;
    struct civil c = civil_of(t, &weekday);
    out = put_text(out, weekdays[weekday], 3);
    out = put_text(out, ", ", 2);
    out = put_number(out, c.day, 2);
    out = put_text(out, " ", 1);
    out = put_text(out, months[c.month], 3);
    out = put_text(out, " ", 1);
    out = put_number(out, c.year, 4);
    out = put_text(out, " ", 1);
    out = put_number(out, c.hour, 2);
    out = put_text(out, ":", 1);
    out = put_number(out, c.minute, 2);
    out = put_text(out, ":", 1);
    out = put_number(out, c.second, 2);
    put_text(out, " GMT", sizeof " GMT");
}

const char *date_text(struct date_memo *m, time_t t)
{
    if (m->t != t || m->text[0] == '\0') {
        m->t = t;
        date_format(t, m->text);
    }
    return m->text;
}

/* These functions cut what they read off the front of *s. If they return false, *s is undefined. */

static bool cut_literal(struct slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

static bool cut_number(struct slice *s, size_t digits, int *ret)
{
    int value = 0;
    if (s->n < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        value = value * 10 + (s->p[i] - '0');
    }
    *s = slice_from(*s, digits);
    *ret = value;
    return true;
}

static bool cut_text(struct slice *s, struct slice text)
{
    if (!slice_starts(*s, text))
        return false;
    *s = slice_from(*s, text.n);
    return true;
}

/* Any day's name is accepted, since it adds nothing to the date but a possible contradiction. */
static bool cut_weekday(struct slice *s, bool whole_name)
{
    for (int i = 0; i < 7; i++)
        if (cut_text(s, (struct slice){weekdays[i], whole_name ? strlen(weekdays[i]) : 3}))
            return true;
    return false;
}

static bool cut_month(struct slice *s, int *ret)
{
    for (*ret = 0; *ret < 12; ++*ret)
        if (cut_text(s, (struct slice){months[*ret], 3}))
            return true;
    return false;
}

static bool cut_field(struct slice *s, char field, struct civil *c)
{
    switch (field) {
    case 'a':
        return cut_weekday(s, false);
    case 'A':
        return cut_weekday(s, true);
    case 'e': /* a day below 10 has a space before it */
        return cut_literal(s, ' ') ? cut_number(s, 1, &c->day) : cut_number(s, 2, &c->day);
    case 'd':
        return cut_number(s, 2, &c->day);
    case 'b':
        return cut_month(s, &c->month);
    case 'y':
        return cut_number(s, 2, &c->year);
    case 'Y':
        return cut_number(s, 4, &c->year);
    case 'H':
        return cut_number(s, 2, &c->hour);
    case 'M':
        return cut_number(s, 2, &c->minute);
    case 'S':
        return cut_number(s, 2, &c->second);
    default:
        return false;
    }
}

/* Reads all of s by a format in strptime's letters, but case-sensitively and independent of the locale. */
static bool read_form(struct slice s, const char *form, struct civil *ret)
{
    *ret = (struct civil){0};
    for (; *form; form++) {
        if (*form == '%' ? !cut_field(&s, *++form, ret) : !cut_literal(&s, *form))
            return false;
    }
    return s.n == 0;
}

/* A year that seems more than fifty years ahead is in the past (RFC 9110 5.6.7): takes the latest year with
 * these two digits that is not. */
static void complete_year(struct civil *c, int64_t now)
{
    int weekday;
    struct civil limit = civil_of(now, &weekday);
    limit.year += 50;
    c->year += limit.year - limit.year % 100;
    if (seconds_of(c) > seconds_of(&limit))
        c->year -= 100;
}

/* A leap second comes only at the end of a day: "00:00:00 - 23:59:60". */
static bool is_time_of_day(const struct civil *c)
{
    return c->hour < 24 && c->minute < 60 &&
           (c->second < 60 || (c->second == 60 && c->minute == 59 && c->hour == 23));
}

bool date_parse(struct slice s, time_t now, time_t *ret)
{
    struct civil c;
    if (read_form(s, "%A, %d-%b-%y %H:%M:%S GMT", &c))
        complete_year(&c, now);
    else if (!read_form(s, "%a, %d %b %Y %H:%M:%S GMT", &c) && !read_form(s, "%a %b %e %H:%M:%S %Y", &c))
        return false;
    if (c.year < 0 || c.day < 1 || c.day > month_days(c.year, c.month) || !is_time_of_day(&c))
        return false;
    *ret = (time_t)seconds_of(&c);
    return true;
}
