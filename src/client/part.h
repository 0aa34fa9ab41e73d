/* The file that a download grows in, beside its target: locked, resumable, and renamed into place only when
 * it is whole and on the disk. */
#pragma once

#include "base/err.h"
#include "client/info.h"
#include "client/name.h"

#include <time.h>

struct part {
    int dir; /* the target's folder; not ours to close */
    int fd;
    char name[NAME_SIZE], part_name[NAME_SIZE], info_name[NAME_SIZE], fresh_name[NAME_SIZE];
    uint64_t len;          /* bytes of the file that are here, from its front */
    uint64_t expected;     /* how long it is to become; 0 when unknown */
    uint64_t written_back; /* up to here the kernel was told to start writing */
    uint64_t sync_due;     /* clock_ms() */
    bool ours;             /* what is in it was put there, or found to be right, by us */
    bool resumable;        /* `info` says all that it takes to go on */
    bool durable;          /* the info on the disk speaks of bytes that outlive a power cut */
    bool vouches;          /* the info on the disk is more than a claim */
    bool lost;             /* somebody else has touched it: nothing under its names is ours any more */
    struct info info;
};

/* Opens and locks it, making it where there is none, and finds out how much of it can be gone on with for
 * `url`: part->len, with part->info when that is more than nothing. What no info of ours names stays
 * untouched. Where the target is there, the part has its mode and owner. On failure nothing is left open. */
enum status part_open(struct part *p, int dir, const char *name, const char *url, struct err *e);

/* Forgets what is there. `info` (NULL: nothing that would let one go on) tells of what will be written. */
enum status part_restart(struct part *p, const struct info *info, struct err *e);

/* Makes sure that all of `total` bytes will find room. */
enum status part_reserve(struct part *p, uint64_t total, struct err *e);

enum status part_write(struct part *p, struct slice bytes, struct err *e);

/* Whether `bytes` stand at `off`. */
bool part_holds(const struct part *p, uint64_t off, struct slice bytes);

/* Puts what is here on the disk for certain, and says so in the info. */
enum status part_sync(struct part *p, struct err *e);

/* To the disk, under the target's name, and the name to the disk. modified: 0 when unknown. With `replace`,
 * in the place of what is there. */
enum status part_finish(struct part *p, time_t modified, bool replace, struct err *e);

/* Closes it, and removes it when nobody could go on with it. */
void part_close(struct part *p);

/* Removes what a kill between the last two steps of part_finish() may have left, and nothing of anybody
 * else's. */
void part_sweep(int dir, const char *name);
