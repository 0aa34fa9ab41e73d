/* A histogram of durations: counts in steps of less than 1 %, in fixed memory. */
#pragma once

#include <stdint.h>

/* 128 steps for each power of two. */
#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_STEPS ((64 - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS)

struct histogram {
    uint64_t n;
    uint64_t count[HISTOGRAM_STEPS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that `permille` of 1,000 do not exceed, to within a step; 0 if the histogram is empty. */
uint64_t histogram_at(const struct histogram *h, unsigned permille);
