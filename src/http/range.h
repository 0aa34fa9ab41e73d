/* The Range field (RFC 9110 14). Inside the program a range is always {off, len}. */
#pragma once

#include "base/slice.h"

struct range {
    uint64_t off, len;
};

enum range_result {
    RANGE_NONE, /* no byte ranges, malformed, more than max ranges, or all of an empty file: the whole file is
                   the answer */
    RANGE_OK,   /* ret[0..*ret_n), each with len > 0 and inside the file */
    RANGE_UNSATISFIABLE, /* valid, but no range begins inside the file: 416 */
};

/* Reads the value of a Range field for a representation of `size` bytes. Ranges that begin past the end are
 * dropped and others are clamped to it; then they are sorted, and overlapping and adjacent ones merged. ret
 * has room for `max` ranges, and is written only for RANGE_OK. A list of more than 1,000 elements is
 * ignored. */
enum range_result range_parse(struct slice value, uint64_t size, struct range *ret, size_t max,
                              size_t *ret_n);
