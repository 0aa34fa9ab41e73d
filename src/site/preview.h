/* What a click on a file's name does: the word that our page's rows have as a class. */
#pragma once

#include "base/slice.h"

/* "image", "audio", "video", "pdf", "markdown" or "text" are shown in place, "site" is opened, "look" is
 * looked at first, since its name does not tell, and "save" is saved. `types` is a struct media_types. */
const char *preview_kind(const void *types, struct slice name);
