/* Takes the framing off a request's body (RFC 9112 6 and 7), piece by piece and without a copy. */
#pragma once

#include "base/result.h"
#include "http/request.h"

struct body {
    enum {
        BODY_DATA,       /* `left` bytes of the body or of a chunk */
        BODY_DATA_END,   /* the CRLF after a chunk */
        BODY_CHUNK_SIZE, /* "1a;name=value" and CRLF */
        BODY_TRAILERS,   /* field lines and an empty line */
        BODY_OVER,
    } at;
    bool chunked;
    uint64_t left; /* payload of the body or of the chunk that is still to come */
    uint64_t most;
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

/* `most`: of the body's bytes, with their framing. */
void body_init(struct body *b, const struct request *r, uint64_t most);

/* Goes over the framing at the front of `in`: *ret_framing bytes, which it does not see again. *ret_payload
 * is what follows it in `in`, as much of it as is there. PARSE_MORE: body_took() says how much of that is
 * used up, and the next call begins after it. PARSE_DONE: the body is over, and there is no payload.
 * PARSE_BAD sets bad_status: 400 for broken framing; 413 for a body that is longer than `most`, as soon as
 * that is known. */
enum parse body_next(struct body *b, struct slice in, size_t *ret_framing, struct slice *ret_payload);
void body_took(struct body *b, size_t n);
