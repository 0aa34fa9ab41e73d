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

struct transaction;
struct wire;

struct listener {
    struct watch watch;
    struct shard *shard;
    int fd;
    bool paces; /* the sockets that it accepts do (sock_paces) */
};

enum deadline {
    DEADLINE_NONE,
    DEADLINE_HANDSHAKE, /* a carrier's, from where it was put over the socket */
    DEADLINE_QUIET,     /* does more of a plain name come? */
    DEADLINE_HEAD,      /* a request head, from its first byte to its end */
    DEADLINE_RETRY,     /* is there a descriptor now? */
    DEADLINE_WORKER,    /* a worker's answer */
    DEADLINE_IDLE,      /* between requests */
    DEADLINE_STALL,     /* the next look at whether the peer still takes bytes */
    DEADLINE_LINGER,    /* the next look at whether the peer has taken everything and gone */
    DEADLINE_COUNT,
};

/* One loop with everything that it needs: nothing is shared on the hot path. */
struct shard {
    struct loop loop;
    struct server *server;
    pthread_t thread;
    int processor; /* where its clients' packets arrive, if the server says so; -1: anywhere */
    struct list conns, dead;
    bool has_room; /* a client has gone in this batch */
    struct timer_queue deadlines[DEADLINE_COUNT];
    struct listener listeners[PORTS_MAX];
    unsigned listener_count;
    bool accepting; /* false while there are too many clients or too few descriptors */
    struct timer_queue accept_pause;
    struct timer accept_again;
    bool draining;
    struct task drain, hurry;
    struct task yield; /* another loop has clients who wait for a place */
    atomic_bool is_to_yield;
    struct task follow; /* `local` or `stay` has changed */
    atomic_bool is_to_follow;
    unsigned accepted;   /* clients */
    atomic_uint clients; /* that are here now */
    struct timer_queue drain_limit;
    struct timer drain_over;
    struct timer_queue rest_pause;
    struct timer rest; /* since the last client has gone */
    struct site_cache cache;
    struct timer_queue forget_pause;
    struct timer forget; /* the cache holds names whose time will be over */
    struct buf_pool inboxes;
    /* The last transaction that ended: the next one begins in memory that is still in the cache. */
    struct transaction *spare;
    uint64_t short_at;                      /* loop.now when a short answer was last complete */
    uint64_t pressure_at, pressure_said_at; /* loop.now when memory was last looked at, and told of */
    struct task press;                      /* another loop has found nobody who could give some back */
    atomic_bool pressed;                    /* it is posted */
};

struct server {
    struct site site;
    const struct wire *const *wires;           /* what is spoken here */
    unsigned max_clients, names_max, drain_ms; /* names that a loop may remember */
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
    atomic_uint cut;    /* transfers that did not finish before the end */
    atomic_uint others; /* loops beside the first that still run */
    struct task other_ended;
    bool hurried; /* a second signal came; only the first loop looks at it */
};

/* Everything but its listeners and its thread. 0 or a negative errno. */
int shard_init(struct shard *s, struct server *server);
/* Its connections are gone. */
void shard_free(struct shard *s);
