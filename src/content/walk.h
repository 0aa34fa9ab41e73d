/* Walks a folder and everything below it in a fixed order and in bounded memory. */
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

/* Walks the folder `name` of root (slashes at its ends are ignored); root must outlive the walk. NULL if
 * memory ran out. */
struct walk *walk_new(const struct root *root, struct slice name);
void walk_free(struct walk *w);

/* The next entry; blocks. A folder comes before its content, and the names in a folder come in the order of
 * their bytes. The entries are those that a client can fetch by name: regular files and folders. A link to
 * a file is that file; links to folders are left out, because they can lead in circles. */
enum walk_result walk_next(struct walk *w, struct walk_entry *ret);

/* A negative errno. */
int walk_error(const struct walk *w);
/* The reason why something below a folder could not be looked up, static: `why` for a negative errno that is
 * about the file itself; otherwise *ret_for_now is set, because a later try may succeed. */
const char *walk_reason(int error, const char *why, bool *ret_for_now);
