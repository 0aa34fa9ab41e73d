/* A wire is a dialect: how a client's bytes become exchanges, and responses bytes. The first bytes of a
 * connection tell which one it is. A new one is a file and a row of `wires`. */
#pragma once

#include "http/body.h"
#include "site/exchange.h"
#include "wire/framing.h"

enum recognised {
    RECOGNISED_NOT,
    RECOGNISED_MAYBE, /* more bytes, or the knowledge that no more come, will tell */
    RECOGNISED,
};

/* What the access log says of a request, as it came: nobody vouches for any byte. */
struct wire_words {
    struct slice request;
    bool is_name; /* it is a bare name, and no request line */
    struct slice referer, user_agent;
};

struct carrier;

struct wire {
    const char *name;
    /* It carries another one: this goes over the socket (io/stream.h), and what comes out of it is recognised
     * anew. NULL: it carries none; nor does it inside a carrier. */
    const struct carrier *carrier;
    /* Only the end of the connection ends an answer: so one request is all that there is on it, and a client
     * that got none, or not all of it, must see a reset. */
    bool ends_by_close;
    /* `first` is all that has come; no_more: the client has gone quiet, or has ended its side. Once it says
     * RECOGNISED or RECOGNISED_NOT, no further byte changes that. */
    enum recognised (*recognise)(struct slice first, bool no_more);
    /* Reads a request from the front of `in`, which begins at its first byte and may have grown since the
     * last call. NEXT_MORE, or what the exchange wants next. */
    enum next (*feed)(struct exchange *x, struct slice in, bool no_more);
    /* `in` holds nothing of a request yet, though there are bytes. Optional. */
    bool (*is_idle)(struct slice in);
    /* How the client is told to send the body that it announced, or an empty slice. Optional, as is the next:
     * a dialect without bodies has neither. */
    struct slice (*invite)(const struct exchange *x, struct slice in);
    /* Gives the exchange what it takes of a body: *ret_used bytes of `in` are used up. NEXT_BODY, once that
     * is all, or what the exchange wants next: after NEXT_WORK the rest comes again. */
    enum next (*body)(struct exchange *x, struct body *b, struct slice in, size_t *ret_used);
    /* What stands in front of the body goes into `out`, and how the body follows into *f. out->failed: the
     * dialect has no words for this response. */
    void (*frame)(const struct exchange *x, struct framing *f, struct buf *out);
    /* NULL: nothing of it is logged. */
    struct wire_words (*words)(const struct exchange *x, struct slice in);
};

/* In the order in which they are asked; NULL at the end. The last one takes what no other wants. */
extern const struct wire *const wires[];

extern const struct wire wire_tls_refused, wire_http1, wire_plain;

/* The longest name that the plain dialect takes. */
#define PLAIN_NAME_MAX 1024

/* The first one that recognises the bytes; NULL while one that stands in front of it might. */
const struct wire *wire_recognise(const struct wire *const *all, struct slice first, bool no_more);
