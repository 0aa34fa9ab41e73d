/* On which processors clients arrive, and whether each loop should take those of its own. */
#pragma once

#include <stdbool.h>

#define ARRIVALS_LOOPS 1024

struct arrivals {
    unsigned loops; /* each on a processor of its own */
    bool local;     /* each loop takes the clients of its processor; otherwise the kernel distributes them */
    unsigned seen;  /* clients since that has changed, the older ones with less weight */
    unsigned at[ARRIVALS_LOOPS]; /* of these: on the processor of each loop */
};

/* Whether a loop that has `mine` of all clients must hand the next one to another, which then has to fetch
 * its packets from this processor. */
bool arrivals_has_enough(unsigned loops, unsigned mine, unsigned all);

void arrivals_init(struct arrivals *a, unsigned loops);
/* The packets of one more client arrive on the processor of this loop. True if `local` has changed. */
bool arrivals_note(struct arrivals *a, unsigned loop);
