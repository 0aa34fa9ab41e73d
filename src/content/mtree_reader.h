/* Reads mtree(5) line by line, as bsdtar, the BSDs and ferry write it. Pure, in bounded memory. */
#pragma once

#include "base/sha256.h"

#include <limits.h>
#include <time.h>

enum mtree_type {
    MTREE_FILE,
    MTREE_FOLDER,
    MTREE_OTHER, /* a link, a device and the like */
};

/* What a line says, or what /set says for all lines after it. */
struct mtree_keys {
    enum mtree_type type;
    bool is_typed, is_sized, is_timed, is_moded, is_hashed, is_optional;
    bool is_odd; /* a time or a mode is not read: it is symbolic, or out of range */
    uint64_t size;
    struct timespec modified;
    unsigned mode; /* the bits of 07777 */
    struct sha256_digest digest;
};

/* All zeros at the beginning. */
struct mtree_reader {
    struct mtree_keys set;
    size_t folder_len; /* of the folder that names without a slash are in */
    char folder[PATH_MAX];
    uint64_t entries;
    /* The last entry: */
    struct mtree_keys keys;
    size_t path_len;
    char path[PATH_MAX]; /* without "./" in front; it has no NUL, and may lead anywhere. "." for the folder */
};

enum mtree_line {
    MTREE_ENTRY,
    MTREE_NOTHING, /* empty, a comment, a default, the end of a folder */
    MTREE_WRONG,   /* none of that, or a last line that counts other entries than there were */
};

/* The next line, without its end. A line that ends in a backslash goes on in the next one: the caller joins
 * them, with a space instead. */
enum mtree_line mtree_read_line(struct mtree_reader *m, struct slice line);

/* The parts of a line, for those that have rules of their own: */

/* The next word; false if there is none. */
bool mtree_next_word(struct slice *rest, struct slice *ret);
/* The next byte of a name, which may be a NUL; false at its end, and before an escape that is none. */
bool mtree_next_byte(struct slice *rest, char *ret);
/* Adds what the words after a name say. False if a size or a digest is malformed. */
bool mtree_read_keys(struct slice rest, struct mtree_keys *k);
/* Whether it is "# end N entries", ferry's last line; *ret is N. Every other comment says nothing. */
bool mtree_read_end(struct slice line, uint64_t *ret);
