/* A histogram of durations. */
#include "histogram.h"

static unsigned step_of(uint64_t value)
{
    if (value >> HISTOGRAM_STEP_BITS == 0)
        return (unsigned)value;
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (shift << HISTOGRAM_STEP_BITS) + (unsigned)(value >> shift);
}

static uint64_t value_of(unsigned step)
{
    if (step >> (HISTOGRAM_STEP_BITS + 1) == 0)
        return step;
    unsigned shift = (step >> HISTOGRAM_STEP_BITS) - 1;
    return (uint64_t)(step - (shift << HISTOGRAM_STEP_BITS)) << shift;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->n++;
    h->count[step_of(value)]++;
}

uint64_t histogram_at(const struct histogram *h, unsigned permille)
{
    uint64_t rank = (h->n * permille + 999) / 1000, seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_STEPS && h->n > 0; i++) {
        seen += h->count[i];
        if (seen >= rank)
            return value_of(i);
    }
    return 0;
}
