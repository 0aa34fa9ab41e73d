/* The two clocks that a server needs: one for deadlines, one for dates. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Nanoseconds that never go back: for durations. */
static inline uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Milliseconds that never go back: for deadlines and speeds, not for dates. */
static inline uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
