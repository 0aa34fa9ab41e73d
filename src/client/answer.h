/* What the head of an HTTP answer says of the file, and whether it goes with the bytes that are here already.
 * Pure. */
#pragma once

#include "base/slice.h"

#include <time.h>

/* Longer entity tags exist nowhere; one that does not fit counts as none. */
#define VALIDATOR_SIZE 256

struct answer {
    int code;
    const char *place; /* the URL that answered, after redirects, without query; the caller's */
    bool sized;        /* Content-Length is known and decides */
    bool transfer_coded;
    bool multiplexed; /* HTTP/2 and later end each answer by themselves */
    uint64_t size;
    bool unframed; /* Content-Length is no number, or several that differ: where the body ends is unknown */
    bool in_size;  /* the last field was Content-Length: a folded line would go on with it */
    int spans;     /* how many Content-Range fields came */
    bool ranged;   /* one, and it is right: */
    bool totalled;
    uint64_t first, last, total;
    int etags; /* how many ETag fields came */
    char etag[VALIDATOR_SIZE];
    char modified_text[64];
    time_t modified; /* 0 when unknown */
    time_t date;     /* 0 when unknown */
    bool retry_given;
    unsigned retry_after; /* seconds from now, as the server wishes */
    char media_type[64];  /* without parameters, lower case */
    bool coded;           /* Content-Encoding says that it is compressed */
    bool decoded;         /* and it is handed on as it was before: its length is not the file's */
};

/* What was asked for, as far as the answer must go with it. */
struct asked {
    uint64_t from;         /* 0: the whole file */
    uint64_t have;         /* bytes that are here; those after `from` come again */
    const char *validator; /* of the bytes that are here */
    const char *place;     /* which URL gave them */
    bool totalled;
    uint64_t total;
};

enum fit {
    FIT_GO_ON,      /* the body follows on the bytes before `from` */
    FIT_WHOLE,      /* the body is the whole file */
    FIT_NOT_AT_ALL, /* neither: ask again for the whole file */
    FIT_NONSENSE,   /* it calls itself the whole file, and says that it is not */
};

/* One line of the head as it came; a status line begins a new answer. `now` is for dates. */
void answer_add_line(struct answer *a, struct slice line, time_t now);

/* What may stand in If-Range (RFC 9110 13.1.5): a strong entity tag, or, where there is no tag at all, a date
 * that is strong. False when there is neither, and with it no safe way to go on later. */
bool answer_validator(const struct answer *a, char out[VALIDATOR_SIZE]);

/* Whether the head says where the body ends, or nothing of it: false where its Content-Length is nonsense and
 * nothing overrides it (RFC 9112 6.3), and then no byte of the body can be believed. */
bool answer_framed(const struct answer *a);

/* Whether the end of the body can be told from the end of the connection. */
bool answer_ends(const struct answer *a);

/* Whether it is compressed, and its name (as it was asked for) and its type do not say so: of "a.tar.gz" the
 * compressed bytes are the file, whatever Content-Encoding says. */
bool answer_is_coded(const struct answer *a, struct slice name);

/* The length of the whole file. */
bool answer_total(const struct answer *a, uint64_t *ret);

enum fit answer_fit(const struct answer *a, const struct asked *asked);

/* Whether it has, in its own words, the version that was asked for: the same strong ETag; or the same
 * Last-Modified where there is no ETag at all. */
bool answer_same_version(const struct answer *a, const struct asked *asked);
