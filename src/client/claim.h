/* Chooses the names of a part file and its companions, and locks it; never takes a file of somebody else. */
#pragma once

#include "client/name.h"

#include <stdbool.h>
#include <sys/stat.h>

/* The names beside a target: of the part, of its info, and of an info that is being written. */
struct claim {
    char part[NAME_SIZE], info[NAME_SIZE], fresh[NAME_SIZE];
    bool known; /* an info of ours was there before */
};

/* What was found under the name of an info file. */
enum beside {
    BESIDE_NOTHING,
    BESIDE_OURS,
    BESIDE_OTHERS,
};
enum beside claim_whose(int dir, const char *name);

/* Sets the n-th set of names (1 to NAME_PARTS) for `target`. */
void claim_names(struct claim *c, const char *target, unsigned n);

/* Opens and locks the part under the first names that are free or ours, and creates it with `mode` if it
 * does not exist. Returns its descriptor; -EEXIST if all names are taken by others' files; -EWOULDBLOCK if
 * another ferry uses it; or another negative errno. */
int claim(struct claim *c, int dir, const char *target, mode_t mode);

bool claim_same_file(const struct stat *a, const struct stat *b);
