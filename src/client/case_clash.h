/* Finds names that differ only by case, where the file system takes them for the same. */
#pragma once

#include "client/name_set.h"

struct case_clash {
    bool folds; /* the file system does so */
    struct name_set seen;
};

/* Tries it out in `stage`, a folder of ours (-1: there is none, and no name has a twin). */
void case_clash_begin(struct case_clash *t, int stage);
/* NAME_SET_BEFORE: an earlier path differs only by case. */
enum name_set_result case_clash_add(struct case_clash *t, const char *path);
void case_clash_free(struct case_clash *t);
