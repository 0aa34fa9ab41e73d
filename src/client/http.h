/* One attempt over HTTP or HTTPS, with libcurl. */
#pragma once

#include "client/attempt.h"
#include "client/stop.h"

struct http;

/* Holds the connections that attempts share. NULL on failure, with the reason in *e. */
struct http *http_new(const struct net_options *net, struct stop *stop, struct err *e);
void http_free(struct http *h);

/* Fills *e for OUTCOME_AGAIN and OUTCOME_FAILED; *ret_answer is the last head. */
enum outcome http_attempt(struct http *h, const struct http_request *q, struct receiver *r,
                          struct answer *ret_answer, struct err *e);
