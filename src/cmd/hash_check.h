/* Compares the files of a folder with a list of hashes. */
#pragma once

#include "cmd/hash_run.h"

/* `list` is a file, or "-" for stdin. Its names are looked up in the folder `in`, never outside; NULL: in the
 * folder that the list is in. The caller has set r->stop and r->quiet. Returns the exit status. */
enum status hash_check(struct hash_run *r, const char *list, const char *in);
