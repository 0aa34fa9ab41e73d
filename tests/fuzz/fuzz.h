/* What the fuzz targets do alike. Each is one function that takes any bytes and aborts when something that
 * must always hold does not. */
#pragma once

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* The entry of a target, called by libFuzzer or replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static inline struct slice fuzz_input(const uint8_t *data, size_t size)
{
    return (struct slice){(const char *)data, size};
}

/* Random numbers drawn from the input itself: the same input always has the same random decisions, and an
 * input consists only of a client's bytes. */
struct dice {
    uint64_t state;
};

static inline struct dice dice_of(struct slice s, uint64_t seed)
{
    struct dice d = {seed ^ 0xcbf29ce484222325}; /* FNV-1a's basis and prime */
    for (size_t i = 0; i < s.n; i++)
        d.state = (d.state ^ (unsigned char)s.p[i]) * 0x100000001b3;
    return d;
}

/* 0 to sides - 1 (splitmix64). */
static inline size_t dice_roll(struct dice *d, size_t sides)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (size_t)((z ^ z >> 31) % sides);
}
