/* The file that a download grows in, beside its target: locked, resumable, and renamed to the target only
 * when it is complete and on the disk. */
#pragma once

#include "base/err.h"
#include "client/claim.h"
#include "client/info.h"

#include <sys/stat.h>
#include <time.h>

struct part {
    int dir; /* the target's folder; not owned */
    int fd;
    char name[NAME_SIZE];  /* the target's */
    struct claim claim;    /* the names of the part and its info */
    uint64_t len;          /* number of bytes of the file that are here, from its front */
    uint64_t found;        /* its size at the beginning: what is after `len` can only be told by hashes */
    uint64_t expected;     /* the final length; 0 if unknown */
    uint64_t written_back; /* the kernel was told to write back the bytes up to here */
    uint64_t sync_due;     /* clock_ms() */
    bool ours;             /* its bytes were written or checked by this run */
    bool resumable;        /* `info` has everything needed to resume */
    bool trusted;          /* nothing but those bytes is in it, and its info is of this boot */
    bool patched;          /* it has gaps and wrong bytes, which a list of hashes tells from right ones */
    bool durable;          /* the info on the disk counts bytes that survive a power cut */
    bool vouches;          /* the info on the disk is more than a claim */
    bool lost;             /* somebody else changed it: nothing under its names is ours any more */
    struct info info;
};

/* Opens and locks the part, or creates it, and finds out how much of it can be used for `url`: part->len,
 * and part->info if that is more than 0. Files that no info of ours describes are not touched. If the
 * target exists, the part gets its mode and owner. On failure nothing is left open. */
enum status part_open(struct part *p, int dir, const char *name, const char *url, struct err *e);

/* The bytes that are here are gone on with: what is after them is removed. */
enum status part_trust(struct part *p, struct err *e);

/* It gets the size `total`, and is filled in any order: from here on the info vouches for no byte, and the
 * part stays when it is closed. */
enum status part_patch(struct part *p, uint64_t total, struct err *e);
/* None of its bytes is known to be of the file any more; they stay until part_restart(). */
void part_forget(struct part *p);

/* Discards the content. `info` describes what will be written (NULL: nothing that would allow to resume). */
enum status part_restart(struct part *p, const struct info *info, struct err *e);

/* Makes sure that there is space for all of `total` bytes. */
enum status part_reserve(struct part *p, uint64_t total, struct err *e);

enum status part_write(struct part *p, struct slice bytes, struct err *e);

/* Writes over bytes that are here: see part_doubt(). */
enum status part_put(struct part *p, uint64_t off, struct slice bytes, struct err *e);

/* Some of the bytes are wrong: from here on the info vouches for none. */
void part_doubt(struct part *p);

/* Whether the part has `bytes` at offset `off`. */
bool part_holds(const struct part *p, uint64_t off, struct slice bytes);

/* Writes everything to the disk, and records that in the info. */
enum status part_sync(struct part *p, struct err *e);

/* What the finished file gets. */
struct part_marks {
    bool timed, moded; /* false: it keeps what it has */
    struct timespec modified;
    mode_t mode;
};

/* Writes everything to the disk and renames the part to the target. With `replace`, an existing target is
 * replaced. */
enum status part_finish(struct part *p, const struct part_marks *marks, bool replace, struct err *e);

/* Closes the part, and removes it if it cannot be resumed. */
void part_close(struct part *p);

/* Removes what a kill between the last two steps of part_finish() may have left, and nothing else. */
void part_sweep(int dir, const char *name);
