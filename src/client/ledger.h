/* What ferry brought into a tree: a hidden text in its top folder, in the format of mtree(5) and in the order
 * of a walk. It is in the tree so that it goes where the tree goes.
 *
 * A file that is as the ledger has it is ferry's to replace and to remove. Before a file is replaced, the
 * ledger gets the new version beside the old one, so that after a kill both are ferry's. */
#pragma once

#include "base/buf.h"
#include "client/local_tree.h"
#include "client/tree_line.h"

#include <stdio.h>

struct ledger {
    FILE *old;             /* NULL: there is none */
    bool same;             /* its source is this run's */
    bool none;             /* there was none, or it was of no use */
    struct tree_line next; /* of the old one; valid if `has` */
    bool has;
    FILE *new; /* in the stage; NULL: nothing is written (a dry run) */
    struct buf text;
    uint64_t lines;
    bool failed;
};

/* `source` is the URL of the tree. On failure *e is filled; ledger_close() is called in any case. */
enum status ledger_open(struct ledger *l, const struct local_tree *g, const char *source, struct err *e);
/* Goes to the next line of the old one: sets l->has. */
void ledger_step(struct ledger *l);
/* Writes a line of the new one. */
void ledger_add(struct ledger *l, const struct tree_line *line);
/* The new one is complete: puts it on the disk, in the place of the old one. */
enum status ledger_finish(struct ledger *l, const struct local_tree *g, struct err *e);
void ledger_close(struct ledger *l);

/* Whether `local` can be what `line` describes: same kind, and for a file same size and time. */
bool ledger_fits(const struct tree_line *line, const struct stat *local);
/* Whether two times of a file are the same, given that file systems cut off what they cannot store. */
bool ledger_same_time(const struct timespec *told, const struct timespec *local);
