/* Where hashes are kept by default (XDG Base Directory Specification). */
#include "cmd/hash_folder.h"

#include <stdio.h>
#include <stdlib.h>

const char *hash_folder(char room[static PATH_MAX])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;
    if (cache && cache[0] == '/') /* any other value is to be ignored */
        n = snprintf(room, PATH_MAX, "%s/ferry/hashes", cache);
    else if (home && home[0] == '/')
        n = snprintf(room, PATH_MAX, "%s/.cache/ferry/hashes", home);
    else
        return NULL;
    return n < PATH_MAX ? room : NULL;
}
