/* Dates as HTTP writes them (RFC 9110 5.6.7). */
#pragma once

#include "base/slice.h"

#include <time.h>

#define DATE_TEXT_SIZE 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */

/* In no locale, and thread-safe. A moment outside of the years 0 to 9999 is written as the nearest one
 * inside. */
void date_format(time_t t, char out[DATE_TEXT_SIZE]);

/* Reads all three forms: IMF-fixdate, RFC 850 (with the fifty-year rule, against `now`), and asctime. All of
 * s must be the date. The weekday may be any. */
bool date_parse(struct slice s, time_t now, time_t *ret);
