/* What comes of an attempt over HTTP that brought no file: whether another may be better, and what to say. */
#pragma once

#include "client/attempt.h"
#include "client/curl.h"

/* An answer that is no 2xx, of the server or, where `proxy` is set, of the proxy that should lead there. */
enum outcome verdict_refusal(int code, bool proxy, const struct remote *remote, struct err *e);

/* An answer that does not say where its body ends: see answer_framed(). */
enum outcome verdict_unframed(const struct remote *remote, struct err *e);

/* One of libcurl's own errors (CURLE_OK: an end before its time). `detail` is its own text for it, or empty;
 * `code` the status of the last head that began; `in_head` whether bytes came, and no whole head; `at` the
 * URL that was asked last, without a password. */
enum outcome verdict_breakdown(CURLcode why, const char *detail, int code, bool in_head, const char *at,
                               const struct remote *remote, struct err *e);
