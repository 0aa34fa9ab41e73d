/* The listing of a folder as a source: made by one walk, in bounded memory, as text, HTML or JSON. */
#pragma once

#include "content/listing_query.h"
#include "content/root.h"
#include "content/source.h"

struct surveys;

/* Lists the folder open at fd, which is `name` of root (without NUL; slashes at its ends are ignored).
 * Takes fd, also on failure. root, look and the surveys, which let one walk serve many clients, must
 * outlive the source. With a limit, the entries are the first ones of the whole folder after the place;
 * without a limit, they come in sorted runs of LISTING_BATCH. NULL if memory ran out. */
struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   const struct listing_query *query, const struct listing_look *look,
                                   struct surveys *surveys);
