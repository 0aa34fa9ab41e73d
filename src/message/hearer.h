/* One client of `say`: what it still has to hear, how patient we are with it, and what it types. */
#pragma once

#include "io/loop.h"
#include "io/sock.h"
#include "io/stream.h"
#include "message/outlet.h"
#include "message/tape.h"

/* What all hearers have in common. */
struct hall {
    struct loop loop;
    struct tape tape;
    struct slice greeting;
    bool only_greets;     /* who was greeted is sent home */
    struct outlet *typed; /* where what they type goes; NULL: it is dropped */
    bool muted;           /* some are not read, because `typed` is full */
    struct list hearers;  /* every state but HEARER_CLOSED */
    struct list closed;   /* to be freed once no event of this batch is left */
    size_t count, behind; /* in `hearers`; of these in HEARER_BEHIND */
    struct timer_queue stall, grace, finish, linger;
};

enum hearer_state {
    HEARER_FOLLOW, /* gets what is said */
    HEARER_BEHIND, /* the same, but its queue got full: whoever speaks waits for it, for a while */
    HEARER_FINISH, /* gets what is still queued, then the end */
    HEARER_LINGER, /* was told the end; it is read until its own end, since closing on bytes that were not
                    * read sends a reset, which could destroy what it has not read yet */
    HEARER_CLOSED,
};

struct hearer {
    struct watch watch;
    struct hall *hall;
    struct list node;
    struct stream stream;
    struct address peer;
    enum hearer_state state;
    bool ended;   /* it will send no more */
    bool blocked; /* its socket takes nothing now */
    bool watched;
    uint32_t interest; /* while watched */
    size_t greeted;    /* how much of the greeting it was sent */
    uint64_t at;       /* how far on the tape it has come */
    uint64_t sent;     /* bytes given to the kernel */
    uint64_t taken;    /* of these acknowledged by its machine when its timer last looked */
    struct timer patience, grace;
    struct buf typed; /* a line that is not whole yet */
};

/* The loop must be there already. False when memory ran out. */
bool hall_init(struct hall *l, struct slice greeting);
/* Closes who is left. The loop is the caller's to free. */
void hall_free(struct hall *l);

/* Takes fd. It hears the greeting, and what is said from now on. */
void hall_admit(struct hall *l, int fd, const struct address *peer);

/* Whether nobody would lose anything by n more bytes. Who would falls HEARER_BEHIND, which it leaves within
 * 10 s: it caught up or was dropped. */
bool hall_has_room(struct hall *l, size_t n);
/* Only after hall_has_room(). */
void hall_say(struct hall *l, struct slice lines);

/* No more will be said: everybody gets what is queued, and the end. */
void hall_finish(struct hall *l);
/* Now, whatever is queued. */
void hall_clear(struct hall *l);

/* After each batch: frees who was closed, and reads on where `typed` has room again. */
void hall_settle(struct hall *l);
