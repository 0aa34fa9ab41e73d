/* What one attempt at fetching is asked for, what it hands on as it goes, and what comes of it. */
#pragma once

#include "base/err.h"
#include "client/answer.h"
#include "client/remote.h"

enum outcome {
    OUTCOME_DONE,    /* what was asked for is here, or the receiver had enough */
    OUTCOME_AGAIN,   /* it broke in a way that may be better next time */
    OUTCOME_OVER,    /* what is here does not go with what the server has now: ask again, from the start */
    OUTCOME_FAILED,  /* it will not get better */
    OUTCOME_STOPPED, /* a signal asked us to end */
};

/* What http_attempt() asks for; in the plain dialect there is only a name to send. */
struct http_request {
    const struct remote *remote;
    uint64_t from;        /* the first byte wanted */
    const char *if_range; /* the strong validator of what we have; NULL: the answer alone shall tell */
    const char *accept;   /* the media type wanted; NULL for any */
    bool decode;          /* what comes compressed, although nobody asked for that, is to be made as it was */
};

/* Who takes what comes. A function that answers false ends the attempt with the outcome and the error it set.
 */
struct receiver {
    /* The head of a 2xx answer is here (or, in the plain dialect, the first byte). Called once. */
    bool (*begin)(struct receiver *r, const struct answer *a);
    bool (*take)(struct receiver *r, struct slice piece);
    /* Called at least ten times a second while the attempt runs. */
    bool (*idle)(struct receiver *r);
    enum outcome outcome;
    struct err err;
};

/* How servers are connected to, the same for every attempt of a run. */
struct net_options {
    unsigned timeout_s; /* without a byte, or to connect */
    const char *cacert; /* NULL: the system's */
    bool insecure;
    bool allow_http; /* where a redirect leads from https to http */
};
