/* What one walk finds in a folder: little enough to be kept, and enough to hold every later walk against it.
 *
 * Memory must not grow with the folder, so no list of its members is kept, but a chain of digests: each is of
 * the one before and of one member's path, size, times and inode. The digests at the ends of up to
 * STOCK_RUNS_MAX runs of members are kept; when there are more, every other one goes and the runs are twice
 * as long.
 *
 * The time of change (ctime) is among it because nobody can set it back: a folder that was different for a
 * while, and was put back, has a new digest. */
#pragma once

#include "base/buf.h"
#include "content/chain.h"
#include "content/tar.h"
#include "content/walk.h"

/* Up to here every single member is checked before it is sent. */
#define STOCK_RUNS_MAX 8192
/* What one run may take in memory: a hundred million members with paths of 200 bytes. */
#define STOCK_RUN_BYTES (4 * 1024 * 1024)
/* As much of a digest as is kept: nobody can look for collisions of 128 bits. */
#define STOCK_KEPT_BYTES 16

/* What a digest is made of, with the path's bytes after it. No padding: it would be in the digest. */
struct stock_record {
    uint64_t size, inode;
    int64_t modified, modified_ns, changed, changed_ns;
    uint32_t folder, path_len;
};

struct stock_run {
    unsigned char digest[STOCK_KEPT_BYTES]; /* at its end */
    uint32_t bytes;                         /* of its records */
};

/* Constant once it is taken. */
struct stock {
    unsigned refs; /* atomic */
    const struct root *root;
    bool settled; /* the times of all members vouch for their bytes (settled.h) */
    uint64_t members;
    uint64_t path_bytes; /* of all of them */
    uint64_t tar_length;
    char
        digest[2 * STOCK_KEPT_BYTES + 1]; /* hexadecimal: of everything that decides what is in the archive */
    struct chain first, last;
    uint64_t run_members; /* how many members each run has; there may be a shorter one after the last */
    unsigned run_count;
    struct stock_run runs[STOCK_RUNS_MAX]; /* memory that is not touched is none */
    size_t name_len, top_len;
    char top[NAME_MAX + 1];
    char name[];
};

/* Walks the folder `name` of root (no slashes at its ends) once; blocks. Members stand below `top`. root must
 * outlive the stock. 0 with *ret, a reference, or a negative errno; -E2BIG when there is too much in it. */
int stock_take(const struct root *root, struct slice name, struct slice top, struct stock **ret);
struct stock *stock_ref(struct stock *s);
/* NULL is harmless. */
void stock_unref(struct stock *s);

struct stock_record stock_record_of(const struct stat *st, size_t path_len);
/* An entry as the bytes that are digested. False when it does not fit. */
bool stock_add_record(struct buf *out, const struct walk_entry *e);

/* Opens a member by its path below the folder; blocks. A descriptor or a negative errno. */
int stock_open(const struct stock *s, struct slice path, struct stat *ret_stat, enum fs_kind *ret_kind);

/* Writes the path of a member in the archive (top, '/', and the path below the folder) and returns its
 * length. */
size_t stock_member_path(const struct stock *s, struct slice path, char to[static TAR_PATH_MAX + 1]);
