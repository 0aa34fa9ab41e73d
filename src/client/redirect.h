/* The way of one attempt from redirect to redirect: where it leads, and whether a password may go along. */
#pragma once

#include "client/attempt.h"
#include "client/curl.h"

struct redirect {
    CURLU *home, *at; /* what was asked for, and what is to be asked now; both with name and password */
    char *url;        /* `at` */
    bool away; /* `at` has another scheme, host or port than `home`: no password of the user's goes there */
    unsigned hops;
};

/* On failure nothing is left to end. */
enum status redirect_begin(struct redirect *r, const char *url, struct err *e);
void redirect_end(struct redirect *r);

/* Where an answer that is complete leads; NULL when it is no redirect. Valid until the next request. */
const char *redirect_location(CURL *easy, int code);

/* Goes on to `location`, as far as that is to be followed. From https to http only when allow_http is set. */
enum status redirect_follow(struct redirect *r, const char *location, bool allow_http,
                            const struct remote *remote, struct err *e);
