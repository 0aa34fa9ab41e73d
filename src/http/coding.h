/* Content codings (RFC 9110 8.4.1): those that a file may lie ready in, and which of them a client
 * prefers. */
#pragma once

#include "base/slice.h"

/* Unencoded first; then in the order of our preference, the smallest first. */
enum coding {
    CODING_IDENTITY,
    CODING_BR,
    CODING_ZSTD,
    CODING_GZIP,
};
#define CODING_COUNT 4

/* All codings. Those before CODING_IDENTITY are preferred to the unencoded file, in this order; those after
 * it are not. */
struct coding_order {
    enum coding at[CODING_COUNT];
};

/* Reads an Accept-Encoding value (RFC 9110 12.5.3). A client without one gets the file unencoded; so does a
 * client that refuses that and accepts none of our codings. */
struct coding_order coding_order_of(struct slice accept_encoding);

/* The name in Content-Encoding. */
const char *coding_name(enum coding c);

/* What is appended to a file's name for this coding: ".gz". */
struct slice coding_suffix(enum coding c);

/* Whether a file of this name is already encoded. */
bool coding_is_in_name(struct slice name);
