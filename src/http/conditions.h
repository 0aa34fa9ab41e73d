/* Conditional requests (RFC 9110 13): what the fields say of the representation at hand. */
#pragma once

#include "base/slice.h"

#include <time.h>

/* What the answer would be about. */
struct validators {
    struct slice etag; /* with its quotes, and W/ in front when weak; empty when there is none */
    time_t modified;   /* 0 when unknown */
    time_t now;        /* for dates that are "strong" only a while after the fact (RFC 9110 8.8.2.2) */
    time_t changed;    /* by this machine's clock, whatever `modified` was set to */
};

/* The fields of the request; p == NULL when absent: one that is there and empty has a p. A field that came in
 * several lines is joined by commas by the caller. */
struct conditions {
    struct slice if_match, if_none_match, if_modified_since, if_unmodified_since, if_range;
};

enum condition_result {
    CONDITION_PROCEED,
    CONDITION_NOT_MODIFIED, /* 304 */
    CONDITION_FAILED,       /* 412 */
};

/* In the order of RFC 9110 13.2.2, for GET and HEAD. A date that cannot be read is as if absent; a list of
 * tags that cannot be read matches nothing. */
enum condition_result conditions_evaluate(const struct conditions *c, const struct validators *v);

/* Whether a Range field may be used: no If-Range, or one that matches (strong comparison; a date only when
 * exact and at least a second older than `now`, so that it is a strong validator). */
bool conditions_range_allowed(const struct conditions *c, const struct validators *v);
