/* One client of `say`: its queue, its deadlines, and what it types. */
#pragma once

#include "io/loop.h"
#include "io/sock.h"
#include "io/stream.h"
#include "message/outlet.h"
#include "message/tape.h"

/* What all hearers share. */
struct hall {
    struct loop loop;
    struct tape tape;
    struct slice greeting;
    bool only_greets;     /* a client is closed after the greeting */
    struct outlet *typed; /* where typed lines go; NULL: they are dropped */
    bool muted;           /* some clients are not read, because `typed` is full */
    struct list hearers;  /* in every state but HEARER_CLOSED */
    struct list closed;   /* freed after the batch, when no event can refer to them */
    size_t count, behind; /* number of `hearers`, and of those in HEARER_BEHIND */
    struct timer_queue stall, grace, finish, linger;
};

enum hearer_state {
    HEARER_FOLLOW, /* receives what is said */
    HEARER_BEHIND, /* the same, but its queue is full: everybody waits for it for a while */
    HEARER_FINISH, /* receives what is queued, then the end */
    HEARER_LINGER, /* was sent the end, and is read until its own end: closing with unread bytes would send a
                      reset, which could destroy what it has not read yet */
    HEARER_CLOSED,
};

struct hearer {
    struct watch watch;
    struct hall *hall;
    struct list node;
    struct stream stream;
    struct address peer;
    enum hearer_state state;
    bool ended;   /* it sends no more */
    bool blocked; /* its socket takes nothing now */
    bool watched;
    uint32_t interest; /* while watched */
    size_t greeted;    /* how much of the greeting was sent */
    uint64_t at;       /* its place on the tape */
    uint64_t sent;     /* bytes given to the kernel */
    uint64_t taken;    /* of these, acknowledged when its timer last looked */
    struct timer patience, grace;
    struct buf typed; /* an incomplete line */
};

/* The loop must be initialized already. False if memory ran out. */
bool hall_init(struct hall *l, struct slice greeting);
/* Closes all clients. The caller frees the loop. */
void hall_free(struct hall *l);

/* Takes fd. The client gets the greeting, and what is said from now on. */
void hall_admit(struct hall *l, int fd, const struct address *peer);

/* Whether n more bytes fit every queue. A client for which they do not becomes HEARER_BEHIND; within 10 s
 * it catches up or is dropped. */
bool hall_has_room(struct hall *l, size_t n);
/* Call it only after hall_has_room(). */
void hall_say(struct hall *l, struct slice lines);

/* No more will be said: everybody gets what is queued, and the end. */
void hall_finish(struct hall *l);
/* Closes all at once, whatever is queued. */
void hall_clear(struct hall *l);

/* Call it after each batch: frees closed clients, and reads on if `typed` has room again. */
void hall_settle(struct hall *l);
