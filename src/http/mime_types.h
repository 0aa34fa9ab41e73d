/* A mime.types file, as Apache, Debian and the browsers of old write it: "text/html html htm", a type a line,
 * comments behind '#'. */
#pragma once

#include "base/slice.h"

/* Debian's has 74 KB, 1,500 extensions of up to 30 bytes, and types of up to 84. */
#define MIME_TYPES_TEXT_MAX (1024 * 1024)
#define MIME_TYPES_MAX 16384
#define MIME_TYPE_LENGTH_MAX 127
#define EXTENSION_LENGTH_MAX 63

struct mime_types {
    size_t count;
    unsigned wrong;       /* lines that are none, or not all of them: what is wrong was skipped */
    unsigned first_wrong; /* the number of the first of them */
    struct mime_extension {
        const char *name, *type; /* in lower case, without the dot; two tokens and a slash */
    } extensions[];              /* by name */
};

/* Nothing of a line that is malformed is taken but the words that are right; of two lines about one extension
 * the later counts. NULL when memory ran out, or when the text is over MIME_TYPES_TEXT_MAX. free() gives it
 * back. */
struct mime_types *mime_types_parse(struct slice text);

/* The type for an extension in lower case, or NULL. It lives as long as t. */
const char *mime_types_find(const struct mime_types *t, const char *extension);
