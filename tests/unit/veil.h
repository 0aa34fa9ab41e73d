/* A second carrier, for tests: what TLS does to a connection, without its cryptography. A handshake of a few
 * bytes each way; then records, hidden by their position, which are read whole and held inside; an end of its
 * own. And as a seed says: short reads and writes, and words that one side asks of the other before it goes
 * on. */
#pragma once

#include "../fuzz/fuzz.h"
#include "io/stream.h"

/* What the server puts over a socket. */
struct veil {
    struct carrier carrier;
    uint64_t seed; /* 0: without chance, and no word is asked for */
};
bool veil_open(const struct carrier *k, struct stream *s, struct slice early);

/* What a connection holds for it. */
size_t veil_held(void);

/* The client's side, as bytes: what it sends is appended to `out`, what it was told to `got`. */
struct veil_peer {
    enum { PEER_HELLO, PEER_CONFIRM, PEER_OPEN, PEER_REFUSED } stage; /* refused: it heard no veil */
    struct dice dice;
    bool asks;         /* as the seed says */
    struct buf coded;  /* of a record, or more */
    struct buf unsaid; /* while the handshake is under way */
    struct buf out, got;
    uint64_t told, said; /* bytes of content, one way and the other */
    bool ends, ended;    /* it has said that no more comes; so has the server */
};
void veil_peer_begin(struct veil_peer *p, uint64_t seed);
void veil_peer_say(struct veil_peer *p, struct slice bytes);
void veil_peer_end(struct veil_peer *p);
void veil_peer_hear(struct veil_peer *p, struct slice coded);
void veil_peer_free(struct veil_peer *p);
