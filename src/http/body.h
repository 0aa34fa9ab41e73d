/* A request's body (RFC 9112 6 and 7), to be read away: nothing here wants it, but the next request comes
 * behind it. */
#pragma once

#include "base/result.h"
#include "http/request.h"

/* More than any client sends with a GET, and little enough to be read for nothing. */
#define BODY_AWAY_MAX (1024 * 1024)

struct body_away {
    enum {
        BODY_DATA,       /* `left` bytes of the body, or of a chunk */
        BODY_DATA_END,   /* the CRLF behind a chunk */
        BODY_CHUNK_SIZE, /* "1a;name=value" and CRLF */
        BODY_TRAILERS,   /* field lines, and an empty one */
        BODY_OVER,
    } at;
    bool chunked;
    uint64_t left;
    uint64_t total; /* of the body so far, with its framing */
    /* Where in a line of the framing. */
    enum {
        LINE_START,
        CHUNK_DIGITS,
        CHUNK_GAP, /* white space, and nothing but an extension may come */
        EXT_START, /* behind its ';' */
        EXT_NAME,
        EXT_NAME_GAP,
        EXT_VALUE_START,
        EXT_TOKEN,
        EXT_QUOTED,
        EXT_ESCAPED, /* behind a backslash */
        EXT_CLOSED,  /* behind the quote that ends it */
        TRAILER_NAME,
        TRAILER_VALUE,
    } in_line;
    bool cr; /* a CR was the last byte */
    int bad_status;
};

void body_away_init(struct body_away *b, const struct request *r);

/* Goes over the bytes of `in`, which it does not see again: *ret_used of them belong to the body. PARSE_BAD
 * with bad_status 400 for broken framing, 413 for a body over BODY_AWAY_MAX. */
enum parse body_away_read(struct body_away *b, struct slice in, size_t *ret_used);
