/* libarchive, loaded when somebody asks for a zip. */
#include "source/libarchive.h"

#include "base/late.h"

#include <pthread.h>
#include <stdbool.h>

struct libarchive_calls libarchive;

const char *libarchive_load(void)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBARCHIVE_CALLS(NAME)};
#undef NAME
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool loaded;
    const char *why = NULL;
    pthread_mutex_lock(&lock);
    if (!loaded) /* What failed may have lacked no more than a descriptor. */
        why = late_load("libarchive.so.13", "archive_", names, sizeof names / sizeof *names, &libarchive);
    loaded = !why;
    pthread_mutex_unlock(&lock);
    return why;
}
