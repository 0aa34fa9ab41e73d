/* One client's connection: a state, and what it is waiting for. */
#pragma once

#include "io/stream.h"
#include "server/shard.h"
#include "server/transaction.h"

enum conn_state {
    CONN_IDLE,      /* nothing of a request has come */
    CONN_UNDECIDED, /* something has, but it may yet be a name or HTTP */
    CONN_HANDSHAKE, /* a carrier has been put over the socket, and agrees with the peer's */
    CONN_HEAD,      /* a part of an HTTP request head has come */
    CONN_BODY,      /* its body goes to the exchange */
    CONN_OPENING,   /* a worker looks for what is wanted */
    CONN_STARVED,   /* there was no descriptor or memory left to open it with: it is tried again */
    CONN_SENDING,   /* the answer is on its way */
    CONN_AWAITING,  /* the content waits for a descriptor of its own */
    CONN_LOADING,   /* a worker makes the next bytes of the answer ready */
    CONN_LINGER,    /* all is sent and our side has ended: until the peer has taken it */
    CONN_DOOMED,    /* it is over, but a worker is still at it */
    CONN_DEAD,      /* to be freed once this batch of events is through */
    CONN_STATES,
};

struct conn {
    struct watch watch;
    struct list node; /* in the shard's conns or dead */
    struct timer deadline;
    struct task turn;
    struct shard *shard;
    struct transaction *t; /* while a request is under way */
    struct stream stream;
    struct buf in;
    enum conn_state state : 8;
    /* A client that takes nothing must not fill the kernel: until it has taken some, little lies there for
     * it. */
    enum { TRUST_NEW, TRUST_LIMITED, TRUST_EARNED } trust : 8;
    uint8_t idle_looks; /* looks in a row at which `unsent` had not changed */
    /* What a read waits for is that the socket can be written to, and the reverse. */
    bool read_by_write : 1, write_by_read : 1;
    bool end_said : 1; /* our side has ended */
    bool watched : 1;  /* by epoll */
    bool answered : 1; /* once, or more often */
    bool gone : 1;     /* the peer has reset the connection: nobody takes an answer any more */
    bool reset : 1;    /* the peer is to see that it was cut */
    /* Readiness comes as edges: it stays true until a call says otherwise. */
    bool can_read, can_write;
    bool hung_up;            /* the peer's end is announced: read on until it is there */
    bool ended;              /* the peer's end is there */
    const struct wire *wire; /* what it speaks; NULL until that is known */
    uint32_t looked_at;      /* bytes of `in` that were interpreted and found to be too few */
    uint32_t turn_left;      /* bytes that may still go in this turn */
    uint64_t first_byte;     /* clock_ms() of the request's first byte */
    uint64_t arrived;        /* the shard's shares.arrivals with the last bytes that came */
    struct in6_addr client;
    size_t held;       /* of memory, as was last counted in server.memory */
    uint64_t moved_at; /* loop.now when bytes last came, went, or were seen to be taken */
    int left_over;     /* what the peer had not taken then; INT_MAX: nobody has looked since more was sent */
    int unsent;        /* what the peer had not taken at the last look */
    uint32_t proof;    /* TRUST_LIMITED: bytes that went since */
};
/* With malloc's own eight bytes, an idle connection is 240. */
_Static_assert(sizeof(struct conn) <= 232, "an idle connection has grown");

/* Takes what carries it, also on failure: NULL when memory ran out. */
struct conn *conn_open(struct shard *s, struct stream stream);

/* The only writer of `state`: checks that the move is legal, and arms the deadline. */
void conn_set_state(struct conn *c, enum conn_state to);

/* Ends it now. With `cut`, something is missing, and the peer sees a reset instead of an orderly end. So does
 * whoever may speak the plain dialect, in which an orderly end means that all was said: unless it was. */
void conn_kill(struct conn *c, bool cut);

/* Its last step, for who frees it: the socket is closed, what is under way is over, and nothing of it counts
 * any more. */
void conn_close(struct conn *c);

/* Takes its turn now, and looks whether something has come without waiting for the event that says so. */
void conn_try(struct conn *c);

/* It has done something that takes a while: the deadline of its state begins anew. */
void conn_rearm(struct conn *c);

/* The time for a request, or for more of it, is over. */
void conn_overdue(struct conn *c);

/* Little is to lie in the kernel for it, until it has taken some. */
void conn_limit(struct conn *c);

/* Once more, what there was no descriptor or memory left for. */
void conn_retry(struct conn *c);
