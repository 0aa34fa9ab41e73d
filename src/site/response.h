/* The answer to a request: decided by an exchange, written as bytes by a dialect. */
#pragma once

#include "content/source.h"

/* Request fields that the answer depends on. */
enum {
    VARY_ACCEPT = 1,
    VARY_ACCEPT_ENCODING = 2,
};

/* Absent values are zero, NULL or empty. Texts are valid until the exchange ends. */
struct response {
    int status; /* HTTP's status (RFC 9110 15); 0: not decided yet */
    /* What is sent: `length` bytes of the content from its position on, or everything with
     * SOURCE_LENGTH_UNKNOWN. The exchange closes it. */
    struct source *content;
    uint64_t length;
    bool is_head; /* HEAD: the length is announced, but nothing is sent */

    /* About the representation (RFC 9110 8). */
    const char *type;
    bool utf8; /* a text in UTF-8 */
    const char *coding;
    bool has_ranges; /* ranges of it can be requested */
    const char *policy;
    time_t modified;
    const char *etag;
    const char *caching;
    /* Where a dialect may cache its text of the representation and the length, for all answers of this
     * version. Empty: not made yet. NULL: not cacheable. */
    struct buf *kept;

    /* Digests, as far as they are known and were asked for (http/digest.h). */
    const struct sha256_digest *repr_digest, *old_digest, *content_digest;
    bool digest_missing; /* content_digest has yet to be computed */
    /* A Metalink document describes it, at the address of this name (one part of a path). */
    struct slice described_by;

    unsigned vary;
    struct slice save_as;     /* the name under which a browser saves it instead of showing it */
    struct slice location;    /* relative to the requested address */
    bool is_part;             /* `length` bytes from part_off on, out of `whole` */
    uint64_t part_off, whole; /* `whole` is also set for 416 */
    bool tells_methods;       /* with the methods that are allowed (Allow) */
    bool takes_names;         /* QUERY and POST are among them, with a body of names */
    bool is_preflight;        /* and what pages of other sites may do */
    bool later;               /* the same request may succeed in a second */
};
