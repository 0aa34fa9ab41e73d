/* What to do after an HTTP attempt that brought no file: try again or give up, and what to say. */
#pragma once

#include "client/attempt.h"
#include "client/curl.h"

/* For an answer that is no 2xx, from the server or, if `proxy` is set, from the proxy before it. */
enum outcome verdict_refusal(int code, bool proxy, const struct remote *remote, struct err *e);

/* For an answer whose end is unknown: see answer_framed(). */
enum outcome verdict_unframed(const struct remote *remote, struct err *e);

/* For an error of libcurl (CURLE_OK: the connection ended early). `detail` is libcurl's text, or empty;
 * `code` is the status of the last head that began; `in_head` says that bytes came, but no complete head;
 * `at` is the last URL that was requested, without a password. */
enum outcome verdict_breakdown(CURLcode why, const char *detail, int code, bool in_head, const char *at,
                               const struct remote *remote, struct err *e);
