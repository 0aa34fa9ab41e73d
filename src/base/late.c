/* Loads a library when it is first needed. */
#include "base/late.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *late_load(const char *file, const char *prefix, const char *const *names, size_t n, void *calls)
{
    /* It is never closed: its threads and exit handlers may still run at the end of the process. */
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return dlerror();
    /* First look up all functions, then store them: all or none. */
    for (int fill = 0; fill < 2; fill++) {
        for (size_t i = 0; i < n; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s", prefix, names[i]);
            void *call = dlsym(library, name);
            if (!call)
                return dlerror();
            if (fill)
                memcpy((char *)calls + i * sizeof call, &call, sizeof call);
        }
    }
    return NULL;
}
