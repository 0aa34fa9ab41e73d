/* libcurl, loaded when there is something to fetch. */
#include "client/curl.h"

#include "base/late.h"

struct curl_calls curl;

enum status curl_load(struct err *e)
{
#define NAME(name) #name,
    static const char *const names[] = {CURL_CALLS(NAME)};
#undef NAME
    if (curl.easy_init)
        return STATUS_DONE;
    const char *why = late_load("libcurl.so.4", "curl_", names, sizeof names / sizeof *names, &curl);
    return why ? err_set(e, STATUS_FAILED, "cannot load libcurl: %s (is it installed?)", why) : STATUS_DONE;
}
