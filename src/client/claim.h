/* Finds the names beside the target that a part may have, and takes them; never what is somebody else's. */
#pragma once

#include "client/part.h"

#include <sys/stat.h>

/* What has the name of one of our texts. */
enum beside {
    BESIDE_NOTHING,
    BESIDE_OURS,
    BESIDE_OTHERS,
};
enum beside claim_whose(int dir, const char *name);

/* Fills in the n-th names (1 to NAME_PARTS) that go with p->name. */
void claim_names(struct part *p, unsigned n);

/* Opens and locks the part, making it with `mode` where there is none, under the first names that can be
 * ours. 0; -EEXIST when all of them are somebody else's; -EWOULDBLOCK when another ferry has it; or another
 * negative errno. */
int claim(struct part *p, mode_t mode);

bool claim_same_file(const struct stat *a, const struct stat *b);
