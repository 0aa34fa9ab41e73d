/* What the served folder's name stood for at the last look, to see whether it still does. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct anchor {
    char *path;                    /* as it was typed, but absolute: its links are followed at each look */
    atomic_uint_fast64_t dev, ino; /* of what it led to */
    atomic_uint changes;           /* how often that became another */
    atomic_bool gone;              /* it led nowhere */
    atomic_bool resting;           /* nobody asks, and so nothing is held open */
};

/* 0 or a negative errno. */
int anchor_init(struct anchor *a, const char *path);
void anchor_free(struct anchor *a);

/* The path leads to this. */
void anchor_drop(struct anchor *a, const struct stat *st);

/* Whether it still does. Never waits: what the kernel's caches do not know is no. */
bool anchor_holds(const struct anchor *a);
