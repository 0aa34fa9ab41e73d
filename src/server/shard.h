/* A loop with everything that it needs, and what all loops share. */
#pragma once

#include "base/budget.h"
#include "io/ports.h"
#include "io/workers.h"
#include "server/access_log.h"
#include "server/arrivals.h"
#include "site/site_cache.h"

#include <sched.h>
#include <stdatomic.h>

struct conn;
struct transaction;
struct wire;

/* How many answers make a busy client, whose place is worth a look, and how many are looked at a batch: the
 * look is a system call, and a move costs as much as two answers. */
#define BUSY_ANSWERS 64
#define BUSY_MAX 16

struct busy {
    struct conn *conn;
    int processor; /* where its request has arrived */
};

struct listener {
    struct watch watch;
    struct shard *shard;
    int fd;
    bool paces; /* its accepted sockets pace what they send (sock_paces) */
};

enum deadline {
    DEADLINE_NONE,
    DEADLINE_HANDSHAKE, /* for a carrier's handshake, from its beginning */
    DEADLINE_QUIET,     /* has a plain name ended? */
    DEADLINE_HEAD,      /* for a request's head, from its first byte to its end */
    DEADLINE_RETRY,     /* is there a descriptor now? */
    DEADLINE_WORKER,    /* for a worker's result */
    DEADLINE_IDLE,      /* between requests */
    DEADLINE_STALL,     /* the next look at whether the peer still receives bytes */
    DEADLINE_LINGER,    /* the next look at whether the peer has received everything and gone */
    DEADLINE_COUNT,
};

/* One loop with everything that it needs: shards share nothing on the hot path. */
struct shard {
    struct loop loop;
    struct server *server;
    pthread_t thread;
    int processor; /* the processor where its clients' packets arrive, if the server has decided so; -1: any
                    */
    struct list conns, dead;
    bool has_room;              /* a client left in this batch */
    struct busy busy[BUSY_MAX]; /* clients that have asked in this batch, after BUSY_ANSWERS answers */
    unsigned busy_count;
    struct timer_queue deadlines[DEADLINE_COUNT];
    struct listener listeners[PORTS_MAX];
    unsigned listener_count;
    bool accepting; /* false while there are too many clients or too few descriptors */
    struct timer_queue accept_pause;
    struct timer accept_again;
    bool draining;
    struct task drain, hurry;
    struct task yield; /* another loop has clients that wait for a place */
    atomic_bool is_to_yield;
    struct task follow; /* `local` or `stay` has changed */
    atomic_bool is_to_follow;
    unsigned accepted;   /* number of clients accepted */
    atomic_uint clients; /* number of clients now */
    struct timer_queue drain_limit;
    struct timer drain_over;
    struct timer_queue rest_pause;
    struct timer rest; /* since the last client left */
    struct site_cache cache;
    struct timer_queue forget_pause;
    struct timer forget; /* the cache has names that will expire */
    struct buf_pool inboxes;
    /* The memory of the last transaction, reused for the next one, because it is still in the cache. */
    struct transaction *spare;
    uint64_t short_at;                      /* loop.now when a short answer was last complete */
    uint64_t pressure_at, pressure_said_at; /* loop.now of the last check and report */
    struct task press;                      /* another loop has found no client that could free memory */
    atomic_bool pressed;                    /* it is posted */
};

struct server {
    struct site site;
    const struct wire *const *wires;           /* the dialects */
    unsigned max_clients, names_max, drain_ms; /* names_max: how many names a loop may remember */
    struct workers *workers;
    struct budget memory;   /* of all clients */
    struct access_log *log; /* NULL: none */
    bool quiet;
    struct shard *shards;
    unsigned shard_count;
    cpu_set_t anywhere; /* the processors of this process */
    bool pin;           /* each loop stays on its processor, wherever clients arrive */
    atomic_bool local;  /* each loop takes the clients whose packets arrive on its processor */
    atomic_bool stay;   /* each loop stays on its processor */
    pthread_mutex_t arrivals_lock;
    struct arrivals arrivals;
    atomic_uint clients;
    atomic_bool stopping; /* loops no longer hand clients to each other */
    atomic_uint cut;      /* transfers that did not finish before the end */
    atomic_uint others;   /* loops other than the first that still run */
    struct task other_ended;
    bool hurried; /* a second signal came; only used by the first loop */
};

/* Everything but its listeners and its thread. Returns 0 or a negative errno. */
int shard_init(struct shard *s, struct server *server);
/* Its connections must be gone. */
void shard_free(struct shard *s);
