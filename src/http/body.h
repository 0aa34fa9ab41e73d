/* Reads and discards a request's body (RFC 9112 6 and 7): the next request comes after it. */
#pragma once

#include "base/result.h"
#include "http/request.h"

/* More than any client sends with a GET, and little enough to read in vain. */
#define BODY_AWAY_MAX (1024 * 1024)

struct body_away {
    enum {
        BODY_DATA,       /* `left` bytes of the body or of a chunk */
        BODY_DATA_END,   /* the CRLF after a chunk */
        BODY_CHUNK_SIZE, /* "1a;name=value" and CRLF */
        BODY_TRAILERS,   /* field lines and an empty line */
        BODY_OVER,
    } at;
    bool chunked;
    uint64_t left;
    uint64_t total; /* bytes of the body so far, including its framing */
    /* The place within a line of the framing. */
    enum {
        LINE_START,
        CHUNK_DIGITS,
        CHUNK_GAP, /* white space, after which only an extension may come */
        EXT_START, /* after its ';' */
        EXT_NAME,
        EXT_NAME_GAP,
        EXT_VALUE_START,
        EXT_TOKEN,
        EXT_QUOTED,
        EXT_ESCAPED, /* after a backslash */
        EXT_CLOSED,  /* after the closing quote */
        TRAILER_NAME,
        TRAILER_VALUE,
    } in_line;
    bool cr; /* the last byte was a CR */
    int bad_status;
};

void body_away_init(struct body_away *b, const struct request *r);

/* Reads the bytes of `in` once; *ret_used of them belong to the body. PARSE_BAD sets bad_status: 400 for
 * broken framing, 413 for a body of more than BODY_AWAY_MAX. */
enum parse body_away_read(struct body_away *b, struct slice in, size_t *ret_used);
