/* On which processors clients arrive, and whether each loop should take the clients of its own. */
#pragma once

#include <stdbool.h>

#define ARRIVALS_LOOPS 1024

struct arrivals {
    unsigned loops; /* each on a processor of its own */
    bool local;     /* each loop takes the clients of its processor; otherwise the kernel distributes them */
    unsigned seen;  /* clients since `local` changed; older ones count less */
    unsigned at[ARRIVALS_LOOPS]; /* of these: those on the processor of each loop */
};

/* Whether a loop that has `mine` of all clients hands the next one to another: it has more than its share,
 * and more than chance would give it. */
bool arrivals_has_enough(unsigned loops, unsigned mine, unsigned all);

void arrivals_init(struct arrivals *a, unsigned loops);
/* Notes a client whose packets arrive on the processor of this loop. True if `local` has changed. */
bool arrivals_note(struct arrivals *a, unsigned loop);
/* Whether the loops may stay on their processors: there are so many clients, and they are spread. */
bool arrivals_may_stay(const struct arrivals *a, unsigned clients);
