/* Which names of a tree are wanted: --include and --exclude. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A pattern is that of a shell: * ? [a-z]. With a slash in it, it is for the path below the top, and * and ?
 * match no slash; without one, it is for the name. One that ends in a slash is for folders. */
struct filter {
    const char **include, **exclude;
    size_t n_include, n_exclude;
};

/* Whether a pattern of --exclude matches the path or a folder that it is in. */
bool filter_excludes(const struct filter *p, const char *path, bool folder);
/* Whether there is no --include, or one matches the path or a folder that it is in. */
bool filter_includes(const struct filter *p, const char *path, bool folder);
