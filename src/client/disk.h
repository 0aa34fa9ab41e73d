/* Writing to local disks, and saying what is wrong with them. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

/* All of it. 0 or a positive errno. */
int disk_write(int fd, struct slice bytes);

/* What an ordinary user may still write to the file system that fd is on. */
bool disk_free(int fd, uint64_t *ret);

/* "cannot VERB NAME: ...", STATUS_LOCAL_DISK; for a full disk with what is needed (0: not known) and what is
 * free. */
enum status disk_error(struct err *e, int fd, const char *name, const char *verb, int why, uint64_t needed);
