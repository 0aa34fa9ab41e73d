/* Finds names that differ only by case, where the file system takes them for the same. */
#pragma once

#include "client/seen.h"

struct twins {
    bool folds; /* the file system does so */
    struct seen seen;
};

/* Tries it out in `stage`, a folder of ours (-1: there is none, and no name has a twin). */
void twins_begin(struct twins *t, int stage);
/* SEEN_BEFORE: an earlier path differs only by case. */
enum seen_result twins_add(struct twins *t, const char *path);
void twins_free(struct twins *t);
