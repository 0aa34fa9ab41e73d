/* Lists a folder with everything below it, and the hash of each file. */
#pragma once

#include "cmd/hash_run.h"

/* Prints it in the format of mtree(5). `store` may be NULL. The caller has set r->stop and r->quiet. Returns
 * the exit status. */
enum status hash_tree(struct hash_run *r, struct hash_store *store, const char *folder);
