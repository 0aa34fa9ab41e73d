/* libarchive, loaded when somebody asks for a zip. */
#include "source/libarchive.h"

#include "base/late.h"

#include <pthread.h>
#include <stdio.h>

struct libarchive_calls libarchive;

static char why_not[256];

static void load(void)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBARCHIVE_CALLS(NAME)};
#undef NAME
    const char *why =
        late_load("libarchive.so.13", "archive_", names, sizeof names / sizeof *names, &libarchive);
    if (why)
        snprintf(why_not, sizeof why_not, "%s", why);
}

const char *libarchive_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return why_not[0] ? why_not : NULL;
}
