/* Dates as HTTP writes them (RFC 9110 5.6.7). */
#pragma once

#include "base/slice.h"

#include <time.h>

#define DATE_TEXT_SIZE 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */

/* Whether t is in the years 0 to 9999, which can be written. */
bool date_has_text(time_t t);

/* Independent of the locale, and thread-safe. A time outside the years 0 to 9999 is written as the nearest
 * one inside. */
void date_format(time_t t, char out[DATE_TEXT_SIZE]);

/* The date formatted last, because the next one is often the same. Initialize it with zeros. */
struct date_memo {
    time_t t;
    char text[DATE_TEXT_SIZE];
};
/* The text of t, which lies in `m` until the next call. */
const char *date_text(struct date_memo *m, time_t t);

/* Reads all three formats: IMF-fixdate, RFC 850 (with the fifty-year rule, relative to `now`), and asctime.
 * All of s must be the date. The weekday is not checked. */
bool date_parse(struct slice s, time_t now, time_t *ret);
