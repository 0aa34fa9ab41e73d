/* Every timeout in the server lives here, and so does every free of a connection. */
#pragma once

#include "server/shard.h"

void reaper_init(struct shard *s);
/* After a batch: frees what has ended. */
void reaper_collect(struct shard *s);
/* When the loop drains: closes idle connections, and lets the others finish. */
void reaper_drain(struct shard *s);
/* A client waits for a connection: ends some of those that have been idle for longest. False if there is
 * none. */
bool reaper_make_room(struct shard *s);
/* Ends all connections; returns how many transfers were cut. */
unsigned reaper_kill_all(struct shard *s);
