/* JSON values from bytes that may not be UTF-8. */
#pragma once

#include "base/slice.h"

#include <jansson.h>

/* A JSON string with U+FFFD for bytes that are not UTF-8. NULL if memory ran out. */
json_t *lossy_string(struct slice s);

/* A JSON string, or an array of the bytes as numbers if they are not UTF-8: nothing is lost. */
json_t *exact_string(struct slice s);
