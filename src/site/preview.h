/* What a click on a file's name does: the class of its row on the page. */
#pragma once

#include "base/slice.h"

/* "image", "audio", "video", "pdf", "markdown" and "text" are shown in place, "site" is opened, "save" is
 * downloaded, and "look" needs a look at the bytes, because the name does not tell. `types` is a struct
 * media_types. */
const char *preview_kind(const void *types, struct slice name);
