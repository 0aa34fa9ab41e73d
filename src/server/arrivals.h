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

/* Whether a loop that has `mine` of all clients hands the next one to another: it has more than its share,
 * and more than chance would give it. */
bool arrivals_has_enough(unsigned loops, unsigned mine, unsigned all);

void arrivals_init(struct arrivals *a, unsigned loops);
/* The packets of one more client arrive on the processor of this loop. True if `local` has changed. */
bool arrivals_note(struct arrivals *a, unsigned loop);
/* Whether the loops may stay on their processors: there are so many clients, and they are spread. */
bool arrivals_may_stay(const struct arrivals *a, unsigned clients);
