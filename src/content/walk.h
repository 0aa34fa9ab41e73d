/* A folder and all that is below it, one after the other, in a fixed order and in bounded memory. */
#pragma once

#include "content/root.h"

struct walk;

struct walk_entry {
    struct slice path; /* below the folder, without a slash at its end; empty for the folder itself. Valid
                          until the next call. */
    bool folder;
    struct stat stat;
};

enum walk_result {
    WALK_ENTRY,
    WALK_END,
    WALK_FAIL, /* walk_error() says why */
};

/* Walks the folder `name` of root (slashes at its ends do not matter); root must outlive the walk. NULL when
 * memory ran out. */
struct walk *walk_new(const struct root *root, struct slice name);
void walk_free(struct walk *w);

/* What comes next; blocks. A folder comes before what is in it, and the names in a folder come in the order
 * of their bytes. What comes is what a client may have by its name, regular files and folders; a link is the
 * regular file that it leads to, but links to folders do not come at all: they could lead in circles. */
enum walk_result walk_next(struct walk *w, struct walk_entry *ret);

/* A negative errno. */
int walk_error(const struct walk *w);
