/* What all clients hold of memory together, and who goes first when that is too much. */
#pragma once

#include "server/conn.h"

void pressure_init(struct shard *s);
/* It waits: what it holds now counts. */
void pressure_count(struct conn *c);
/* It is about to be freed. */
void pressure_forget(struct conn *c);
/* After a batch. While too much is held, ends those who have neither taken nor sent anything for longest;
 * reap() frees those that have ended. */
void pressure_relieve(struct shard *s, void (*reap)(struct shard *s));
