/* A mime.types file, in the format of Apache and Debian: "text/html html htm", one type a line, comments
 * after '#'. */
#pragma once

#include "base/slice.h"

/* Debian's file has 74 KB, 1,500 extensions of up to 30 bytes, and types of up to 84. */
#define MIME_TYPES_TEXT_MAX (1024 * 1024)
#define MIME_TYPES_MAX 16384
#define MIME_TYPE_LENGTH_MAX 127
#define EXTENSION_LENGTH_MAX 63

struct mime_types {
    size_t count;
    unsigned wrong;       /* lines with something wrong in them, which was skipped */
    unsigned first_wrong; /* the number of the first of these lines */
    struct mime_extension {
        const char *name, *type; /* in lower case, without the dot; two tokens with a slash between */
    } extensions[];              /* sorted by name */
};

/* Takes the correct words of malformed lines. If an extension is in two lines, the later one counts. NULL
 * if memory ran out or the text is longer than MIME_TYPES_TEXT_MAX. free() releases it. */
struct mime_types *mime_types_parse(struct slice text);

/* The type for an extension in lower case, or NULL. It lives as long as t. */
const char *mime_types_find(const struct mime_types *t, const char *extension);
