/* Names for files here, made from names that come from elsewhere. */
#pragma once

#include "base/slice.h"

#define NAME_SIZE 256 /* NAME_MAX bytes and a NUL */

/* The name in the target folder for what the server calls `raw`: control characters and '/' become '_', as
 * does a
 * '-' in front. False when no name can be made of it: empty, "." or "..", a NUL in it, or over 255 bytes. */
bool name_make_safe(struct slice raw, char out[NAME_SIZE]);

/* How many names there are for a part, should files of somebody else have some of them. */
#define NAME_PARTS 9

/* "NAME.part" beside "NAME", for n = 1; "NAME.2.part" and so on up to NAME_PARTS. Long names are shortened
 * (and told apart by a hash), so that the part's own companions, up to ".part.info.new", fit into a name too.
 */
void name_part(const char *name, unsigned n, char out[NAME_SIZE]);
