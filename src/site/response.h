/* What is answered: decided by an exchange, and made bytes of by the dialect that the client speaks. */
#pragma once

#include "content/source.h"

/* What else the answer depends on than the name. */
enum {
    VARY_ACCEPT = 1,
    VARY_ACCEPT_ENCODING = 2,
};

/* What is not there is zero, NULL or empty. Texts are good until the exchange ends. */
struct response {
    int status; /* as HTTP has them (RFC 9110 15); 0: not yet decided */
    /* What is sent of the content: `length` bytes from its position on, or all, until its end, with
     * SOURCE_LENGTH_UNKNOWN. The exchange closes it. */
    struct source *content;
    uint64_t length;
    bool is_head; /* HEAD: the length is told, and nothing is sent */

    /* Of the representation (RFC 9110 8). */
    const char *type;
    bool utf8; /* a text that is so encoded */
    const char *coding;
    bool has_ranges; /* parts of it can be asked for */
    const char *policy;
    time_t modified;
    const char *etag;
    const char *caching;
    /* Where a dialect may leave its text of these and of the length, for the next answer with all of this
     * version: empty, nobody did. NULL: there is no next one. */
    struct buf *kept;

    unsigned vary;
    struct slice save_as;     /* under this name, instead of being shown */
    struct slice location;    /* relative to the address that was asked for */
    bool is_part;             /* `length` bytes from part_off on, of `whole` */
    uint64_t part_off, whole; /* `whole` also with 416 */
    bool tells_methods;       /* what may be done with a name: site_methods */
    bool is_preflight;        /* and what pages of other sites may do */
    bool later;               /* the same may be asked for again in a second */
};
