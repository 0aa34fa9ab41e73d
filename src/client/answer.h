/* Reads the head of an HTTP answer, and judges whether it fits the bytes that we already have. Pure. */
#pragma once

#include "base/sha256.h"

#include <time.h>

/* No real entity tag is longer; one that does not fit counts as absent. */
#define VALIDATOR_SIZE 256
/* Of a reference in a Link; a longer one counts as absent, too. */
#define REFERENCE_SIZE 2048

struct answer {
    int code;
    const char *place; /* the URL that answered, after redirects, without its query; owned by the caller */
    const char *url;   /* the same with its query and password, never to be shown */
    bool away;         /* it has another scheme, host or port than the URL that was requested */
    bool sized;        /* Content-Length is known and ends the body */
    bool transfer_coded;
    bool multiplexed; /* HTTP/2 and later mark the end of each answer themselves */
    uint64_t size;
    bool unframed; /* Content-Length is not a number, or several differ: the end of the body is unknown */
    bool in_size;  /* the last field was Content-Length, which a folded line would continue */
    int spans;     /* number of Content-Range fields */
    bool ranged;   /* there is exactly one, and it is valid: */
    bool totalled;
    uint64_t first, last, total;
    int etags; /* number of ETag fields */
    char etag[VALIDATOR_SIZE];
    char modified_text[64];
    time_t modified; /* 0 if unknown */
    time_t date;     /* 0 if unknown */
    bool retry_given;
    unsigned retry_after;              /* seconds from now, from Retry-After */
    char media_type[64];               /* in lower case, without parameters */
    bool coded;                        /* Content-Encoding says that the body is compressed */
    bool decoded;                      /* and libcurl decompresses it, so that its length is not the file's */
    char described_by[REFERENCE_SIZE]; /* where Link says that a Metalink 4 of the file is; "": nowhere */
    bool digested;                     /* Repr-Digest or Digest has the SHA-256 of the whole file: */
    struct sha256_digest digest;
};

/* What was requested, as far as the answer must match it. */
struct asked {
    uint64_t from;         /* 0: the whole file */
    uint64_t have;         /* bytes that are here; those after `from` are requested again */
    const char *validator; /* of the bytes that are here */
    const char *place;     /* the URL that they came from */
    bool totalled;
    uint64_t total;
};

enum fit {
    FIT_GO_ON,      /* the body continues the bytes before `from` */
    FIT_WHOLE,      /* the body is the whole file */
    FIT_NOT_AT_ALL, /* neither: ask again for the whole file */
    FIT_NONSENSE,   /* it calls itself the whole file, but its fields say that it is a part */
};

/* Adds a line of the head as it came; a status line begins a new answer. `now` is for reading dates. */
void answer_add_line(struct answer *a, struct slice line, time_t now);

/* A validator for If-Range (RFC 9110 13.1.5): a strong entity tag, or a strong date if there is no tag at
 * all. False if there is neither, so that a download cannot be resumed safely. */
bool answer_validator(const struct answer *a, char out[VALIDATOR_SIZE]);

/* False if Content-Length is invalid and nothing overrides it (RFC 9112 6.3): then the end of the body is
 * unknown, and no byte of it can be trusted. */
bool answer_framed(const struct answer *a);

/* Whether the end of the body is marked otherwise than by the end of the connection. */
bool answer_ends(const struct answer *a);

/* Whether the body is compressed, and neither the requested name nor the type says so. For "a.tar.gz" the
 * compressed bytes are the file, whatever Content-Encoding says. */
bool answer_is_coded(const struct answer *a, struct slice name);

/* The length of the whole file, if it is known. */
bool answer_total(const struct answer *a, uint64_t *ret);

enum fit answer_fit(const struct answer *a, const struct asked *asked);

/* Whether the answer names the version that was requested: the same strong ETag, or the same Last-Modified
 * if there is no ETag at all. */
bool answer_same_version(const struct answer *a, const struct asked *asked);

/* How long to wait before the next attempt, after so many that failed in a row: 1, 2, 4 ... 30 seconds, or up
 * to five minutes if the server asks for that (Retry-After). */
unsigned answer_wait_seconds(const struct answer *a, unsigned failed);
