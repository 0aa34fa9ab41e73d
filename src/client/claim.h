/* Chooses the names of a part file and its companions, and locks it; never takes a file of somebody else. */
#pragma once

#include "client/part.h"

#include <sys/stat.h>

/* What was found under the name of an info file. */
enum beside {
    BESIDE_NOTHING,
    BESIDE_OURS,
    BESIDE_OTHERS,
};
enum beside claim_whose(int dir, const char *name);

/* Sets the n-th set of names (1 to NAME_PARTS) for p->name. */
void claim_names(struct part *p, unsigned n);

/* Opens and locks the part under the first names that are free or ours, and creates it with `mode` if it
 * does not exist. Returns 0; -EEXIST if all names are taken by others' files; -EWOULDBLOCK if another ferry
 * uses it; or another negative errno. */
int claim(struct part *p, mode_t mode);

bool claim_same_file(const struct stat *a, const struct stat *b);
