/* Writes to local disks, and words their errors. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

/* Writes all bytes. Returns 0 or a positive errno. */
int disk_write(int fd, struct slice bytes);

/* The same at an offset. */
int disk_write_at(int fd, struct slice bytes, uint64_t off);

/* Copies n bytes at `off` from one file to the same place in another, without storing them twice where the
 * file system can. */
int disk_copy(int from, int to, uint64_t off, uint64_t n);

/* What an unprivileged user can still write to the file system of fd. */
bool disk_free(int fd, uint64_t *ret);

/* Fills *e with "cannot VERB NAME: ..." and returns STATUS_LOCAL_DISK. For a full disk, the message has the
 * bytes needed (0: unknown) and those free. */
enum status disk_error(struct err *e, int fd, const char *name, const char *verb, int why, uint64_t needed);
