/* The access log: loops add lines without ever being delayed, and one thread writes them. */
#pragma once

#include "base/err.h"
#include "server/access_line.h"

struct access_log;

/* Opens `path`, or uses `fd`, which stays the caller's, if path is NULL (a terminal, for short lines), and
 * starts the writer. `loops` is the number of queues. Returns STATUS_DONE, or fills *e. */
enum status access_log_open(struct access_log **ret, const char *path, int fd, enum access_format format,
                            unsigned loops, struct err *e);

/* Queues a copy in the loop's queue. If there is no room, the line is dropped and counted. */
void access_log_add(struct access_log *l, unsigned loop, const struct access *a);

/* Continues in a new file of the same name, as logrotate needs it after it has renamed the old one. */
void access_log_reopen(struct access_log *l);

/* Writes what is queued while somebody takes it, and frees the log; NULL is allowed. If the disk blocks the
 * writer, its thread is left behind. */
void access_log_close(struct access_log *l);
