/* Content codings (RFC 9110 8.4.1): those that a file may lie ready in, and which of them a client prefers.
 */
#pragma once

#include "base/slice.h"

/* The bytes as they are, and what we would rather send: the smaller first. */
enum coding {
    CODING_IDENTITY,
    CODING_BR,
    CODING_ZSTD,
    CODING_GZIP,
};
#define CODING_COUNT 4

/* All of them. Those in front of CODING_IDENTITY are wanted in its place, in this order; those behind it are
 * not wanted. */
struct coding_order {
    enum coding at[CODING_COUNT];
};

/* By an Accept-Encoding value (RFC 9110 12.5.3). Who says nothing gets the bytes as they are; so does who
 * refuses them and wants nothing else that there is. */
struct coding_order coding_order_of(struct slice accept_encoding);

/* As Content-Encoding has it. */
const char *coding_name(enum coding c);

/* What stands behind a file's name when it is so encoded: ".gz". */
struct slice coding_suffix(enum coding c);

/* Whether a file of this name is encoded already. */
bool coding_is_in_name(struct slice name);
