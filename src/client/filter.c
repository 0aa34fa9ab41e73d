/* Which names of a tree are wanted. */
#include "client/filter.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

static bool matches(const char *pattern, const char *path, bool folder)
{
    char text[PATH_MAX];
    size_t n = strlen(pattern);
    bool folders = n > 0 && pattern[n - 1] == '/';
    n -= folders;
    if (n == 0 || n >= sizeof text || (folders && !folder))
        return false;
    memcpy(text, pattern, n);
    text[n] = '\0';
    if (strchr(text, '/'))
        return fnmatch(text[0] == '/' ? text + 1 : text, path, FNM_PATHNAME) == 0;
    const char *slash = strrchr(path, '/');
    return fnmatch(text, slash ? slash + 1 : path, 0) == 0;
}

/* Whether one matches the path or a folder that it is in. */
static bool any(const char *const *patterns, size_t n, const char *path, bool folder)
{
    char part[PATH_MAX];
    if (n == 0 || strlen(path) >= sizeof part)
        return false;
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        for (size_t i = 0; i < n; i++)
            if (matches(patterns[i], part, true))
                return true;
    }
    for (size_t i = 0; i < n; i++)
        if (matches(patterns[i], path, folder))
            return true;
    return false;
}

bool filter_excludes(const struct filter *p, const char *path, bool folder)
{
    return any(p->exclude, p->n_exclude, path, folder);
}

bool filter_includes(const struct filter *p, const char *path, bool folder)
{
    return p->n_include == 0 || any(p->include, p->n_include, path, folder);
}
