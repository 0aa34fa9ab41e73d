/* The Range field (RFC 9110 14). Inside the program a range is always {off, len}. */
#pragma once

#include "base/slice.h"

struct range {
    uint64_t off, len;
};

enum range_result {
    RANGE_NONE, /* no bytes range, not well-formed, more than max ranges, or all of an empty file: the whole
                   file is the answer */
    RANGE_OK,   /* ret[0..*ret_n), each with len > 0 and inside the file */
    RANGE_UNSATISFIABLE, /* well-formed, but no part of it lies in the file: 416 */
};

/* Reads the value of a Range field against a representation of `size` bytes. Ranges that begin past its end
 * are left out; the others are clamped to it; sorted; overlapping and adjacent ones are merged. ret holds
 * `max`, and is written only on RANGE_OK. A list of more than 1,000 elements is not read. */
enum range_result range_parse(struct slice value, uint64_t size, struct range *ret, size_t max,
                              size_t *ret_n);
