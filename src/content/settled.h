/* Whether the time of a file vouches for its bytes: that each later write gives it another one. */
#pragma once

#include "content/root.h"

#include <stdbool.h>
#include <time.h>

/* Of a file of which nothing but the time is known: few writes take longer. */
#define SETTLED_SECONDS 2

/* `changed` is a ctime; `now` is the date, in whole seconds. */
bool settled_by_time(struct timespec changed, time_t now);

/* It changed so long ago that nobody has to be asked for. */
bool settled_long_ago(struct timespec changed);

/* The same of an open file, closer. The kernel says whether anybody has it open for writing, to the file's
 * owner and to root; then a file may be settled 20 ms after its last change, or not be after a minute. */
bool settled(int fd, enum fs_kind kind, struct timespec changed);
