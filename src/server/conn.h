/* One client's connection: its state, and what it waits for. */
#pragma once

#include "io/stream.h"
#include "server/shard.h"
#include "server/transaction.h"

enum conn_state {
    CONN_IDLE,      /* no byte of a request has come */
    CONN_UNDECIDED, /* bytes have come, but it is not decided yet whether they are a name or HTTP */
    CONN_HANDSHAKE, /* the handshake of a carrier is in progress */
    CONN_HEAD,      /* a part of an HTTP head has come */
    CONN_BODY,      /* its body goes to the exchange */
    CONN_OPENING,   /* a worker looks for what was requested, or works for the sink of its body */
    CONN_STARVED,   /* descriptors or memory were short: it will be tried again */
    CONN_SENDING,   /* the answer is being sent */
    CONN_AWAITING,  /* the content waits for a descriptor of its own */
    CONN_LOADING,   /* a worker prepares the next bytes of the answer */
    CONN_LINGER,    /* everything is sent and our side has ended: waits until the peer has received it */
    CONN_DOOMED,    /* it is over, but a worker still uses it */
    CONN_DEAD,      /* freed after this batch of events */
    CONN_STATES,
};

struct conn {
    struct watch watch;
    struct list node; /* in the shard's conns or dead */
    struct timer deadline;
    struct task turn;
    struct shard *shard;
    struct transaction *t; /* while a request is in progress */
    struct stream stream;
    struct buf in;
    enum conn_state state : 8;
    /* A client that takes nothing must not fill the kernel's memory: until it has received some bytes, the
     * kernel keeps few for it. */
    enum { TRUST_NEW, TRUST_LIMITED, TRUST_EARNED } trust : 8;
    uint8_t idle_looks; /* looks in a row at which `unsent` had not changed */
    uint8_t answers;    /* number of answers since the last look at its place */
    /* A read may wait until the socket can be written to, and a write until it can be read. */
    bool read_by_write : 1, write_by_read : 1;
    bool hung_up : 1;  /* the peer's end was announced: read until it is reached */
    bool ended : 1;    /* the peer's end was reached */
    bool end_said : 1; /* our side has ended */
    bool watched : 1;  /* by epoll */
    bool answered : 1; /* at least once */
    bool gone : 1;     /* the peer has reset the connection: nobody receives an answer any more */
    bool reset : 1;    /* the peer must see that it was cut */
    bool astray : 1;   /* its packets arrived on another loop's processor at the last look (placement.c) */
    /* Edge-triggered readiness: it stays true until a call says otherwise. */
    bool can_read, can_write;
    const struct wire *wire; /* its dialect; NULL until that is recognised */
    uint32_t looked_off;     /* bytes of `in` that were interpreted and are incomplete */
    uint32_t turn_left;      /* bytes left in the budget of this turn */
    uint64_t first_byte;     /* clock_ms() of the request's first byte */
    uint64_t arrived;        /* the shard's shares.arrivals when the last bytes came */
    struct in6_addr client;
    size_t held;       /* of memory, as was last counted in server.memory */
    uint64_t moved_at; /* loop.now when bytes last came, went, or were seen to be received */
    int left_over;     /* what the peer had not received then; INT_MAX: more was sent since the last look */
    int unsent;        /* what the peer had not received at the last look */
    uint32_t proof;    /* TRUST_LIMITED: bytes sent since */
};
/* With malloc's own eight bytes, an idle connection is 240. */
_Static_assert(sizeof(struct conn) <= 232, "an idle connection has grown");

/* A client of the shard; conn_enter() gives it to the shard's loop. Takes the stream, also on failure: NULL
 * if memory ran out. */
struct conn *conn_new(struct shard *s, struct stream stream);
/* Called on the loop of its shard, which serves it from now on. */
void conn_enter(struct conn *c);
/* Between two batches, while it is at rest: its loop has nothing more to do with it. */
void conn_leave(struct conn *c);
/* It waits for a request, and no byte of one has been read. */
bool conn_is_at_rest(const struct conn *c);

/* The only writer of `state`: checks that the move is legal, and arms the deadline. */
void conn_set_state(struct conn *c, enum conn_state to);

/* Ends the connection now. With `cut`, something is missing, so the peer sees a reset instead of an orderly
 * end. So does a client that may speak the plain dialect, in which an orderly end means that the answer is
 * complete, unless it is. */
void conn_kill(struct conn *c, bool cut);

/* Its last step, for who frees it: the socket is closed, what is under way is over, and nothing of it counts
 * any more. */
void conn_close(struct conn *c);

/* Takes its turn now, and checks for new bytes without waiting for their event. */
void conn_try(struct conn *c);

/* It has done something that takes a while: the deadline of its state begins anew. */
void conn_rearm(struct conn *c);

/* The time for a request, or for more of it, is over. */
void conn_overdue(struct conn *c);

/* Lets the kernel keep few bytes for it, until it has received some. */
void conn_limit(struct conn *c);

/* Tries again what failed because descriptors or memory were short. */
void conn_retry(struct conn *c);
