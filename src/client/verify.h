/* How a download is proved: by the list of its pieces, by the digest of the whole, or not at all. */
#pragma once

#include "client/patch.h"
#include "client/piece_list.h"

struct verify_options {
    bool given; /* the digest that the file must have: */
    struct sha256_digest sha256;
    const char *by; /* where it is from: "--sha256 has it" */
    bool required;  /* a file that nothing proves is a failure */
};

enum proved {
    PROVED_NOTHING,
    PROVED_WHOLE,  /* by its SHA-256 */
    PROVED_PIECES, /* by the SHA-256 of each piece */
};

struct verify {
    const struct verify_options *o;
    const struct net_options *net;
    struct stop *stop;
    struct progress *progress;
    const struct remote *remote;
    struct part *part; /* NULL: the bytes go to a stream */
    bool replaces;     /* there is an older file */
    bool begun;
    char etag[VALIDATOR_SIZE]; /* of the file that the list is for, if it is strong */
    bool digested;             /* the server has said which digest the file has: */
    struct sha256_digest digest;
    bool running; /* a stream is hashed: */
    struct sha256 hash;
    bool sized; /* the file's length is known: */
    uint64_t total;
    struct proof *proof;
    struct piece_list *list; /* NULL: none, or none of use */
    bool listed;             /* the proof has it */
    uint64_t
        awaited_at; /* clock_ms() when there was nothing left to do but to wait for the list; 0: not yet */
    bool first;     /* the list decides what is requested: verify_fill() is next */
    bool asked;     /* it was tried */
    bool filling;   /* the part has gaps */
    bool patching;  /* the next request is that of `patch` */
    struct patch patch;
    enum proved proved;
};

/* The caller has set all members up to `part`. */
void verify_end(struct verify *v);

/* The head of an answer. `whole`: its bytes are the file from its beginning, and whatever was before is
 * forgotten. `total` is NULL if it is unknown. */
enum status verify_head(struct verify *v, const struct answer *a, bool whole, const uint64_t *total,
                        struct err *e);

/* Whether something here may be of use, so that the list is to come before the bytes: the part of an earlier
 * run, or a file that is replaced. The attempt ends then, and verify_fill() is next. */
bool verify_first(struct verify *v, const struct answer *a);

/* The first part->len bytes are in the part. */
void verify_part(struct verify *v);
/* These are the next bytes of a stream. */
void verify_stream(struct verify *v, struct slice bytes);

enum verified {
    VERIFY_DONE,  /* `proved` says how */
    VERIFY_PATCH, /* pieces are missing or wrong: the next request is verify_request() */
    VERIFY_OVER,  /* start over */
    VERIFY_FAILED,
    VERIFY_STOPPED,
};

/* Keeps what the list shows to be right in the part, and takes what is right in `old` (-1: there is none).
 * VERIFY_OVER: the next request is one for all of the file, or for its end, as there is no list or it is
 * right so far. */
enum verified verify_fill(struct verify *v, int old, struct err *e);

/* All bytes are here: waits for the list, and for what is not hashed yet. `resumed`: some bytes are from an
 * earlier run. */
enum verified verify_settle(struct verify *v, bool resumed, struct err *e);

/* Whether a file that is here has the digest `wanted`. Fills *e with STATUS_WOULD_REPLACE if not. */
enum verified verify_here(struct verify *v, int dir, const char *name, const struct sha256_digest *wanted,
                          struct err *e);

/* How much is proved, while pieces are fetched again. */
uint64_t verify_right(const struct verify *v);
