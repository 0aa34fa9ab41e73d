/* The access log: lines come from the loops without ever holding one up, and one thread writes them. */
#pragma once

#include "base/err.h"
#include "server/access_line.h"

struct access_log;

/* Opens `path`, or takes `fd`, which stays the caller's, for NULL (a terminal's for short lines), and starts
 * the writer. `loops` is how many queues there are. STATUS_DONE, or fills *e. */
enum status access_log_open(struct access_log **ret, const char *path, int fd, enum access_format format,
                            unsigned loops, struct err *e);

/* Queues a copy; each loop has its own queue. What has no room there is dropped and counted. */
void access_log_add(struct access_log *l, unsigned loop, const struct access *a);

/* Goes on in a new file of the same name: what logrotate wants after it has renamed the old one. */
void access_log_reopen(struct access_log *l);

/* Writes what is queued, as long as somebody takes it, and frees it; NULL is none. When the disk holds the
 * writer, it is left behind. */
void access_log_close(struct access_log *l);
