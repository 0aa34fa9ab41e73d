/* Follows the redirects of one attempt: where they lead, and whether a password may go along. */
#pragma once

#include "client/attempt.h"
#include "client/curl.h"

struct redirect {
    CURLU *home, *at; /* the URL that was requested, and the one to request now; with passwords */
    char *url;        /* the text of `at` */
    bool away; /* `at` has another scheme, host or port than `home`, so the user's password is not sent */
    unsigned hops;
};

/* Whether two URLs have the same scheme, host and port. */
bool redirect_same_origin(CURLU *a, CURLU *b);

/* On failure there is nothing to end. */
enum status redirect_begin(struct redirect *r, const char *url, struct err *e);
void redirect_end(struct redirect *r);

/* The target of a redirect; NULL if the (complete) answer is none. Valid until the next request. */
const char *redirect_location(CURL *easy, int code);

/* Follows the redirect to `location` if that is allowed; from https to http only if allow_http is set. */
enum status redirect_follow(struct redirect *r, const char *location, bool allow_http,
                            const struct remote *remote, struct err *e);
