/* On which processors clients arrive, and whether each loop should take the clients of its own.
 *
 * A packet that crosses to another processor costs as much as all the rest of a small answer: two loops
 * that take the clients of their own processors do 1.6 times as much as two loops with clients from the
 * kernel. So this is worth it until the busiest loop has 1.6 times its share, as with a network card with
 * one queue. */
#include "server/arrivals.h"

#include <stdint.h>
#include <string.h>

/* With fewer clients than this, a loop hands none to another loop. */
#define SPARED 2
/* If this many clients all arrived on one processor, others will, too. A single program may well open 64
 * connections. */
#define ALL_AT_ONE 128
/* With fewer clients for each loop, the kernel is better at finding a processor for a loop. */
#define STAY_LEAST 16
/* For each loop: the number of clients that shows more than chance, and the number at which the counts are
 * halved, so that older clients count less. */
#define SEEN_LEAST 64
#define SEEN_MOST 256

bool arrivals_has_enough(unsigned loops, unsigned mine, unsigned all)
{
    uint64_t n = loops, excess = n * mine > all ? n * mine - all : 0;
    return mine >= SPARED && excess * excess > n * all;
}

void arrivals_init(struct arrivals *a, unsigned loops)
{
    memset(a, 0, sizeof *a);
    a->loops = loops;
    a->local = loops > 1 && loops <= ARRIVALS_LOOPS;
}

/* The clients of the busiest loop, in fifths of its share. */
static uint64_t fifths(const struct arrivals *a)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < a->loops; i++)
        most = a->at[i] > most ? a->at[i] : most;
    return 5 * a->loops * most / a->seen;
}

bool arrivals_may_stay(const struct arrivals *a, unsigned clients)
{
    return a->local && clients >= STAY_LEAST * a->loops && a->seen > 0 && fifths(a) < 8;
}

static bool is_uneven(const struct arrivals *a)
{
    uint64_t busiest = fifths(a);
    return (busiest == 5 * a->loops && a->seen >= ALL_AT_ONE) ||
           (busiest >= 8 && a->seen >= SEEN_LEAST * a->loops);
}

static bool is_even(const struct arrivals *a)
{
    return a->loops > 1 && a->seen >= SEEN_LEAST * a->loops && fifths(a) < 7;
}

static void halve(struct arrivals *a)
{
    a->seen = 0;
    for (unsigned i = 0; i < a->loops; i++)
        a->seen += a->at[i] /= 2;
}

bool arrivals_note(struct arrivals *a, unsigned loop)
{
    a->at[loop]++;
    if (++a->seen >= SEEN_MOST * a->loops)
        halve(a);
    if (!(a->local ? is_uneven(a) : is_even(a)))
        return false;
    a->local = !a->local;
    a->seen = 0;
    memset(a->at, 0, sizeof a->at);
    return true;
}
