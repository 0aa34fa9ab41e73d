/* Where hashes are kept by default. */
#pragma once

#include <limits.h>

/* Writes the user's folder for them into `room`: below XDG_CACHE_HOME, or below .cache in the home folder.
 * NULL if neither is known. */
const char *hash_folder(char room[static PATH_MAX]);
