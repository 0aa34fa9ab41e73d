/* Everything below the top of a tree that is here, in no order but that a folder comes before what is in it.
 */
#pragma once

#include "client/local_tree.h"

/* Symbolic links and other mounts are told of, and not entered. Names that are too long to be told are left
 * out. */
void local_walk(const struct local_tree *g, void (*take)(void *arg, const char *path, const struct stat *st),
                void *arg);
