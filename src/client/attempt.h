/* One attempt to fetch something: what it is asked for, how it delivers bytes, and how it can end. */
#pragma once

#include "base/err.h"
#include "client/answer.h"
#include "client/remote.h"

enum outcome {
    OUTCOME_DONE,    /* everything requested is here, or the receiver wanted no more */
    OUTCOME_AGAIN,   /* it failed in a way that may be better next time */
    OUTCOME_OVER,    /* the bytes here do not fit what the server has now: request everything again */
    OUTCOME_FAILED,  /* trying again would not help */
    OUTCOME_STOPPED, /* a signal ended it */
};

/* A request for http_attempt(). The plain dialect sends only a name. */
struct http_request {
    const struct remote *remote;
    uint64_t from;        /* the first byte to request, */
    uint64_t to;          /* and the one after the last; 0: up to the end */
    const char *if_range; /* the strong validator of the bytes that are here; NULL: send none */
    const char *accept;   /* the media type to ask for; NULL for any */
    bool decode;          /* decompress what comes compressed although it was not asked for */
    bool squeezed;        /* ask for gzip, and decompress it */
    bool digest;          /* ask for the digest of the whole file */
    struct slice names;   /* a QUERY with this body, names that end with a NUL; empty: a GET */
    bool away;            /* send no password of ~/.netrc */
    bool stays;           /* follow no redirect */
};

/* Receives the bytes. A function that returns false ends the attempt, and must have set `outcome` and
 * `err`. */
struct receiver {
    /* Called once, for the head of a 2xx answer (in the plain dialect: before the first byte). */
    bool (*begin)(struct receiver *r, const struct answer *a);
    bool (*take)(struct receiver *r, struct slice piece);
    /* Called at least ten times a second during the attempt. */
    bool (*idle)(struct receiver *r);
    enum outcome outcome;
    struct err err;
};

/* Network settings, the same for all attempts of a run. */
struct net_options {
    unsigned timeout_s; /* for a connection, and between two bytes */
    const char *cacert; /* NULL: the system's certificates */
    bool insecure;
    bool allow_http; /* follow a redirect from https to http */
};
