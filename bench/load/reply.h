/* Reads an answer as it arrives: the head, then a body with a length, in chunks, or up to the end of the
 * connection. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_HEAD_MAX 2048

enum reply_state {
    REPLY_HEAD,
    REPLY_BODY,
    REPLY_TO_END, /* The body ends with the connection. */
    REPLY_CHUNK_SIZE,
    REPLY_CHUNK,
    REPLY_CHUNK_END,
    REPLY_TRAILER,
    REPLY_DONE,
    REPLY_BAD,
};

struct reply {
    enum reply_state state;
    unsigned status;
    uint64_t left;   /* Of the body, or of the chunk. */
    uint64_t length; /* Of the body so far. */
    size_t held;     /* Bytes of a head that came in pieces. */
    char *head;      /* Memory for them, allocated when it is needed; lives as long as the connection. */
};

/* A new answer on this connection; a plain one has no head. */
void reply_begin(struct reply *r, bool plain);
void reply_free(struct reply *r);

/* Reads bytes: returns how many of them belong to this answer, and in ret_body which of them are body (with
 * chunks, the last part of it: call again for the rest). */
size_t reply_feed(struct reply *r, const char *data, size_t n, const char **ret_body, size_t *ret_body_n);

/* The connection has ended. */
void reply_end(struct reply *r);
