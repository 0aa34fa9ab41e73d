/* Makes names of local files from names that a server or a user gives. */
#pragma once

#include "base/slice.h"

#define NAME_SIZE 256 /* NAME_MAX bytes and a NUL */

/* The local name for `raw`, the server's name: control characters, '/' and a leading '-' become '_'. False
 * if that is impossible: an empty name, "." or "..", a NUL in it, or more than 255 bytes. */
bool name_make_safe(struct slice raw, char out[NAME_SIZE]);

/* How many names a part file can have, in case files of somebody else have some of them. */
#define NAME_PARTS 9

/* "NAME.part" for n = 1; "NAME.2.part" and so on up to NAME_PARTS. Long names are shortened, and told apart
 * by a hash, so that the longest companion, ".part.info.new", fits into a name, too. */
void name_part(const char *name, unsigned n, char out[NAME_SIZE]);
