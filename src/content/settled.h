/* Whether each later write would give a file another time, so that its times vouch for its bytes. */
#pragma once

#include "content/root.h"

#include <stdbool.h>
#include <time.h>

/* For a file of which only the time is known: few writes take longer. */
#define SETTLED_SECONDS 2

/* `changed` is a ctime, `now` the date in whole seconds. */
bool settled_by_time(struct timespec changed, time_t now);

/* Whether the change is so old that nobody has to be asked. */
bool settled_long_ago(struct timespec changed);

/* A closer answer for an open file. To the file's owner and to root, the kernel says whether somebody has
 * it open for writing; then a file may be settled 20 ms after its last change, or not be after a minute. */
bool settled(int fd, enum fs_kind kind, struct timespec changed);
