/* Where clients come in. */
#pragma once

#include "server/shard.h"

/* Opens every address ("[HOST]:PORT") in the first shard and, sharing the ports, in the others. */
enum status listener_open_all(struct server *s, const char *const *listen, unsigned count, struct err *e);
void listener_close_all(struct shard *s);
/* Accepts the clients that are in the kernel's queue now. */
void listener_accept_waiting(struct shard *s);
/* Some clients have gone: there may be room again. */
void listener_resume(struct shard *s);
/* The shard's task of this name. */
void listener_yield(struct task *t);
