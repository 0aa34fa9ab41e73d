/* A wire is a dialect: it turns a client's bytes into exchanges, and responses into bytes. The first bytes
 * of a connection decide which one it is. A new dialect is a file and a row of `wires`. */
#pragma once

#include "http/body.h"
#include "site/exchange.h"
#include "wire/framing.h"

enum recognised {
    RECOGNISED_NOT,
    RECOGNISED_MAYBE, /* more bytes, or the knowledge that no more come, will decide */
    RECOGNISED,
};

/* What the access log says of a request: unchecked bytes, as they came. */
struct wire_words {
    struct slice request;
    bool is_name; /* it is a bare name, not a request line */
    struct slice referer, user_agent;
};

struct carrier;

struct wire {
    const char *name;
    /* Put over the socket (io/stream.h); the dialect of the bytes that it carries is then recognised. Ignored
     * inside a carrier. NULL: the bytes are of this dialect. */
    const struct carrier *carrier;
    /* Only the end of the connection ends an answer. So there is one request on a connection, and a client
     * with no or an incomplete answer must see a reset. */
    bool ends_by_close;
    /* `first` is everything received; no_more: the client is silent, or has ended its side. After
     * RECOGNISED or RECOGNISED_NOT, no further byte changes the result. */
    enum recognised (*recognise)(struct slice first, bool no_more);
    /* Reads a request from the front of `in`, which begins at its first byte and may have grown since the
     * last call. Returns NEXT_MORE, or what the exchange wants next. */
    enum next (*feed)(struct exchange *x, struct slice in, bool no_more);
    /* Whether `in` has bytes, but nothing of a request yet. Optional. */
    bool (*is_idle)(struct slice in);
    /* What to send to a client that waits before it sends its body, or an empty slice. Optional, like
     * body(): a dialect without bodies has neither. */
    struct slice (*invite)(const struct exchange *x, struct slice in);
    /* Gives the exchange what it takes of a body: *ret_used bytes of `in` are used up. NEXT_BODY, once that
     * is all, or what the exchange wants next: after NEXT_WORK the rest comes again. */
    enum next (*body)(struct exchange *x, struct body *b, struct slice in, size_t *ret_used);
    /* Writes the bytes before the body to `out`, and how the body follows to *f. Sets out->failed if the
     * dialect cannot express this response. */
    void (*frame)(const struct exchange *x, struct framing *f, struct buf *out);
    /* NULL: requests are not logged. */
    struct wire_words (*words)(const struct exchange *x, struct slice in);
};

/* In the order in which they are asked; NULL at the end. The last one accepts everything. */
extern const struct wire *const wires[];

extern const struct wire wire_tls_refused, wire_http1, wire_plain;

/* The longest name in the plain dialect. */
#define PLAIN_NAME_MAX 1024

/* The first wire that recognises the bytes; NULL while an earlier one in the list still might. */
const struct wire *wire_recognise(const struct wire *const *all, struct slice first, bool no_more);
