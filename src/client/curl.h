/* libcurl's functions without their prefix: curl.easy_init() is curl_easy_init(). The library is loaded
 * when there is something to fetch. */
#pragma once

#include "base/err.h"

/* curl's type-checking macros would call the functions by their names. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CURL_CALLS(X)                                                                                        \
    X(easy_cleanup)                                                                                          \
    X(easy_getinfo)                                                                                          \
    X(easy_header)                                                                                           \
    X(easy_init)                                                                                             \
    X(easy_reset)                                                                                            \
    X(easy_setopt)                                                                                           \
    X(easy_strerror)                                                                                         \
    X(free)                                                                                                  \
    X(global_cleanup)                                                                                        \
    X(global_init)                                                                                           \
    X(multi_add_handle)                                                                                      \
    X(multi_cleanup)                                                                                         \
    X(multi_info_read)                                                                                       \
    X(multi_init)                                                                                            \
    X(multi_perform)                                                                                         \
    X(multi_poll)                                                                                            \
    X(multi_remove_handle)                                                                                   \
    X(slist_append)                                                                                          \
    X(slist_free_all)                                                                                        \
    X(url)                                                                                                   \
    X(url_cleanup)                                                                                           \
    X(url_get)                                                                                               \
    X(url_set)                                                                                               \
    X(url_strerror)                                                                                          \
    X(version_info)

struct curl_calls {
#define CALL(name) __typeof__(curl_##name) *name;
    CURL_CALLS(CALL)
#undef CALL
};

/* Empty before curl_load() has succeeded. */
extern struct curl_calls curl;

/* Loads libcurl; further calls do nothing. Call it from one thread only. */
enum status curl_load(struct err *e);
