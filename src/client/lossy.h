/* Bytes that nobody vouches for, as JSON values. */
#pragma once

#include "base/slice.h"

#include <jansson.h>

/* A JSON string in which U+FFFD stands for what is not UTF-8. NULL when memory ran out. */
json_t *lossy_string(struct slice s);

/* A JSON string, or an array of the bytes as numbers where they are not UTF-8: nothing is lost. */
json_t *exact_string(struct slice s);
