/* What a folder has, with everything below it, as a text in the format of mtree(5). */
#pragma once

#include "content/hash.h"
#include "content/root.h"
#include "content/source.h"

/* What is told of everything below a folder. */
enum tree_format {
    TREE_FORMAT_NONE,
    TREE_FORMAT_MTREE,
    TREE_FORMAT_METALINK, /* metalink_tree.h */
};

/* Begins to walk the folder `name` of root; blocks. Digests are those that `hashes` knows. Root and hashes
 * must outlive the source. A text up to 1 MiB is made at once, and then has a tag, unless a file below has
 * changed so lately that its times do not vouch for its bytes. Returns 0 with *ret, or a negative errno. */
int source_open_tree(const struct root *root, struct slice name, struct hashes *hashes, struct source **ret);
