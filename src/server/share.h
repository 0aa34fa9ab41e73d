/* One look for a name serves every request for it that had come by then. So a file that many ask for at once
 * is opened once, and yet nothing is ever stale: who asks after a change is answered by a look after the
 * change. */
#pragma once

#include "io/workers.h"
#include "source/version.h"

/* Names in one batch of events, and their length; what does not fit is looked for each time. */
#define SHARES 64
#define SHARE_NAME_MAX 192

struct share {
    struct version *version; /* NULL: free */
    uint64_t looked_at;      /* `arrivals` at that moment */
    uint32_t name_len;
    char name[SHARE_NAME_MAX];
};

struct shares {
    uint64_t
        arrivals; /* how often this loop has taken bytes from a client: a clock of what came before what */
    unsigned used;
    uint8_t slots[SHARES]; /* the first `used` are those that are not free */
    struct share all[SHARES];
};

/* A reference to what was found for a request that had come when `arrivals` was `arrived`; NULL when nobody
 * has looked since. */
struct version *shares_get(struct shares *s, struct slice name, uint64_t arrived);
/* What was found just now. */
void shares_put(struct shares *s, struct slice name, struct version *v);
/* After each batch: nothing that came later could use them. What takes long to close is left to a worker. */
void shares_clear(struct shares *s, struct workers *w, struct loop *l);
