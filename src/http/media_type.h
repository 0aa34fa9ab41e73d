/* What kind of content a name promises. */
#pragma once

#include "http/mime_types.h"

/* What is known beside the built-in table. */
struct media_types {
    const struct mime_types *file; /* NULL: nothing */
    bool file_decides; /* the operator has named that file: it is right also about what browsers show */
};

/* The value of Content-Type by the name's extension (ASCII case ignored), without a charset;
 * "application/octet-stream" when nothing is known. Static, or as long as the file's. */
const char *media_type_of(const struct media_types *types, struct slice name);

/* Whether media_type_of() gave it for want of a better one: the file's bytes may say more. */
bool media_type_is_unknown(const char *type);

/* Whether it takes a charset. XML and JSON say themselves how they are encoded (RFC 7303, RFC 8259). */
bool media_type_is_text(const char *type);
