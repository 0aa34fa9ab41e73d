/* Reads a line of a folder's text in the format of mtree(5), as mtree.h writes it. Pure. */
#pragma once

#include "base/sha256.h"

#include <limits.h>
#include <time.h>

enum tree_line_kind {
    TREE_LINE_NOTHING, /* an empty line or a comment */
    TREE_LINE_ENTRY,
    TREE_LINE_END,     /* the last line: `entries` */
    TREE_LINE_REFUSED, /* an entry that cannot be a file or a folder below the folder: `why` */
    TREE_LINE_BAD,     /* no line of such a text: `why` */
};

struct tree_line {
    bool folder, timed, moded, hashed; /* what is known of it; a file always has a size */
    uint64_t size;
    struct timespec modified;
    unsigned mode; /* the bits of 07777 */
    struct sha256_digest digest;
    uint64_t entries;
    const char *why;
    size_t path_len;
    char path[PATH_MAX]; /* below the folder, with a NUL; empty for the folder itself. The last member, so
                            that a file can have lines without its unused rest (plan.c) */
};

/* `line` is without its newline. Also for TREE_LINE_REFUSED, ret->path is as much of the path as could be
 * read.
 */
enum tree_line_kind tree_line_read(struct slice line, struct tree_line *ret);

/* Compares two paths as a walk meets them, like strcmp(): a folder comes before what is in it, and names of
 * one folder are compared byte by byte. */
int tree_order(struct slice a, struct slice b);

/* Whether `path` is `folder`, or something below it. */
bool tree_is_below(struct slice path, struct slice folder);
