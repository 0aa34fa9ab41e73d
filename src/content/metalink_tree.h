/* A Metalink 4 document of everything below a folder. */
#pragma once

#include "content/hash.h"
#include "content/root.h"
#include "content/source.h"

/* The files below the folder `name` of root, with their hashes: those that `hashes` does not know are
 * computed. `url` is the folder's address, with its slash. Root and hashes must outlive the source. NULL if
 * memory ran out. */
struct source *source_open_metalink_tree(const struct root *root, struct slice name, struct hashes *hashes,
                                         struct slice url);
