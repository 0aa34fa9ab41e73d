/* Remembers what the served folder's name meant at the last look, and checks whether it still does. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct anchor {
    char *path;                    /* as it was typed, but absolute: its links are followed at each look */
    atomic_uint_fast64_t dev, ino; /* of the folder that it led to */
    atomic_uint changes;           /* how often it became another folder */
    atomic_bool gone;              /* the path leads nowhere */
    atomic_bool resting;           /* there are no clients, so nothing is held open */
};

/* Returns 0 or a negative errno. */
int anchor_init(struct anchor *a, const char *path);
void anchor_free(struct anchor *a);

/* The path leads to this folder now. */
void anchor_drop(struct anchor *a, const struct stat *st);

/* Whether it still does. Never blocks: if the kernel's caches do not know, the answer is no. */
bool anchor_holds(const struct anchor *a);
