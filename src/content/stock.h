/* The result of one walk of a folder: little enough to be kept, and enough to check every later walk
 * against it.
 *
 * Memory must not grow with the folder, so it has no list of members but a chain of digests: each is the
 * digest of the previous one and of one member's path, size, times and inode. The digests at the ends of up
 * to STOCK_RUNS_MAX runs of members are kept; if there are more, every other one is dropped and runs become
 * twice as long.
 *
 * It includes the time of change (ctime), because nobody can set that back: a folder that was changed and
 * restored has a new digest. */
#pragma once

#include "base/buf.h"
#include "content/chain.h"
#include "content/tar.h"
#include "content/walk.h"

/* Up to this many members, every single one is checked before it is sent. */
#define STOCK_RUNS_MAX 8192
/* The memory for one run: enough for a hundred million members with paths of 200 bytes. */
#define STOCK_RUN_BYTES (4 * 1024 * 1024)
/* How much of a digest is kept: 128 bits are beyond any search for collisions. */
#define STOCK_KEPT_BYTES 16

/* The digested bytes, followed by the path. Without padding, which would be digested, too. */
struct stock_record {
    uint64_t size, inode;
    int64_t modified, modified_ns, changed, changed_ns;
    uint32_t folder, path_len;
};

struct stock_run {
    unsigned char digest[STOCK_KEPT_BYTES]; /* at the end of the run */
    uint32_t bytes;                         /* of its records */
};

/* Constant after stock_take(). */
struct stock {
    unsigned refs; /* atomic */
    const struct root *root;
    bool settled; /* the times of all members vouch for their bytes (settled.h) */
    uint64_t members;
    uint64_t path_bytes; /* sum of the lengths of all paths */
    uint64_t tar_length;
    /* Hexadecimal: stands for everything that the archive is made from. */
    char digest[2 * STOCK_KEPT_BYTES + 1];
    struct chain first, last;
    uint64_t run_members; /* members in each run; after the last one, a shorter run may follow */
    unsigned run_count;
    struct stock_run runs[STOCK_RUNS_MAX]; /* entries that are not used take no memory */
    size_t name_len, top_len;
    char top[NAME_MAX + 1];
    char name[];
};

/* Walks the folder `name` of root (no slashes at its ends) once; blocks. Paths of members begin with `top`.
 * root must outlive the stock. Returns 0 with a reference in *ret, or a negative errno; -E2BIG if the
 * folder is too large. */
int stock_take(const struct root *root, struct slice name, struct slice top, struct stock **ret);
struct stock *stock_ref(struct stock *s);
/* NULL is allowed. */
void stock_unref(struct stock *s);

struct stock_record stock_record_of(const struct stat *st, size_t path_len);
/* Adds the bytes of an entry that are digested. False if they do not fit. */
bool stock_add_record(struct buf *out, const struct walk_entry *e);

/* Opens a member by its path below the folder; blocks. Returns a descriptor or a negative errno. */
int stock_open(const struct stock *s, struct slice path, struct stat *ret_stat, enum fs_kind *ret_kind);

/* Writes the path of a member in the archive (top, '/', and the path below the folder) and returns its
 * length. */
size_t stock_member_path(const struct stock *s, struct slice path, char to[static TAR_PATH_MAX + 1]);
