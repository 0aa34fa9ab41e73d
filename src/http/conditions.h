/* Conditional requests (RFC 9110 13): compares the request's fields with the representation. */
#pragma once

#include "base/slice.h"

#include <time.h>

/* What is known of the representation. */
struct validators {
    struct slice etag; /* with its quotes, and with W/ if it is weak; empty if there is none */
    time_t modified;   /* 0 if unknown */
    time_t now;        /* a date is a strong validator only some time after the change (RFC 9110 8.8.2.2) */
    time_t changed;    /* ctime, by this machine's clock, independent of `modified` */
};

/* The fields of the request; p is NULL if a field is absent, and not NULL if it is empty. The caller joins
 * several lines of a field with commas. */
struct conditions {
    struct slice if_match, if_none_match, if_modified_since, if_unmodified_since, if_range;
};

enum condition_result {
    CONDITION_PROCEED,
    CONDITION_NOT_MODIFIED, /* 304 */
    CONDITION_FAILED,       /* 412 */
};

/* Evaluates them for GET and HEAD, in the order of RFC 9110 13.2.2. An invalid date is ignored; an invalid
 * list of tags matches nothing. */
enum condition_result conditions_evaluate(const struct conditions *c, const struct validators *v);

/* Whether a Range field may be used: there is no If-Range, or it matches (by strong comparison; a date must
 * be equal and at least a second older than `now`, so that it is a strong validator). */
bool conditions_range_allowed(const struct conditions *c, const struct validators *v);

/* A tag without W/ and its quotes (RFC 9110 8.8.3). */
static inline struct slice etag_inside(struct slice etag)
{
    const char *quote = memchr(etag.p, '"', etag.n);
    size_t before = quote ? (size_t)(quote - etag.p) + 1 : 0;
    return before > 0 && etag.n > before ? (struct slice){quote + 1, etag.n - before - 1} : etag;
}
