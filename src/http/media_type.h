/* Content types by the names of files. */
#pragma once

#include "http/mime_types.h"

/* Types in addition to the built-in table. */
struct media_types {
    const struct mime_types *file; /* NULL: none */
    bool file_decides; /* the operator named that file, so it also decides the types that browsers show */
};

/* The Content-Type for the extension of `name` (ASCII case ignored), without a charset;
 * "application/octet-stream" if it is unknown. The result is static or lives as long as the file's table. */
const char *media_type_of(const struct media_types *types, struct slice name);

/* Whether media_type_of() found nothing, so that the file's bytes may tell more. */
bool media_type_is_unknown(const char *type);

/* Whether the type takes a charset parameter. XML and JSON declare their encoding themselves (RFC 7303, RFC
 * 8259). */
bool media_type_is_text(const char *type);
