/* What is to be done for a tree, in a file: a million names take no memory. */
#pragma once

#include "client/local_tree.h"
#include "client/tree_line.h"

#include <stdio.h>

enum plan_step {
    PLAN_FOLDER,  /* make it */
    PLAN_FETCH,   /* nothing has that name */
    PLAN_REPLACE, /* what has that name may be replaced */
    PLAN_CHECK,   /* as PLAN_REPLACE, unless the file has the right hash */
    PLAN_COMPARE, /* only find out whether the file has the right hash */
    PLAN_REMOVE,
};

struct plan {
    FILE *file;
    uint64_t files, bytes; /* of those to be fetched or checked */
    uint64_t small;        /* of them, those of at most PLAN_SMALL bytes */
    uint64_t steps;
    bool failed;
};

#define PLAN_SMALL ((uint64_t)1 << 20)

/* In the stage, or, if there is none, in a file of the system's. */
enum status plan_open(struct plan *p, const struct local_tree *g, const char *name, struct err *e);
void plan_close(struct plan *p);

void plan_add(struct plan *p, enum plan_step step, const struct tree_line *line);
/* Everything was added: the first step is next. */
enum status plan_rewind(struct plan *p, struct err *e);
/* False at the end. */
bool plan_next(struct plan *p, enum plan_step *ret_step, struct tree_line *ret);
