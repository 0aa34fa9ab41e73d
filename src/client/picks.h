/* Which names of a tree are wanted: --include and --exclude. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A pattern is that of a shell: * ? [a-z]. With a slash in it, it is for the path below the top, and * and ?
 * match no slash; without one, it is for the name. One that ends in a slash is for folders. */
struct picks {
    const char **include, **exclude;
    size_t n_include, n_exclude;
};

/* Whether a pattern of --exclude matches the path or a folder that it is in. */
bool picks_excludes(const struct picks *p, const char *path, bool folder);
/* Whether there is no --include, or one matches the path or a folder that it is in. */
bool picks_includes(const struct picks *p, const char *path, bool folder);
