/* What kind of content a name promises. */
#pragma once

#include "base/slice.h"

/* The value of Content-Type by the name's extension (ASCII case ignored); text types come with charset=utf-8;
 * "application/octet-stream" when nothing is known. A static string. */
const char *media_type_of(struct slice name);
