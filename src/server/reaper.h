/* Every timeout in the server lives here, and so does every free of a connection. */
#pragma once

#include "server/shard.h"

void reaper_init(struct shard *s);
/* After a batch: frees what has ended. */
void reaper_collect(struct shard *s);
/* When the loop drains: ends what does nothing, and lets the others finish. */
void reaper_drain(struct shard *s);
/* Somebody waits for a place: ends some of those who have done nothing with theirs for the longest time.
 * False when there is none. */
bool reaper_make_room(struct shard *s);
/* Ends all that is left; returns how many transfers that cut. */
unsigned reaper_kill_all(struct shard *s);
