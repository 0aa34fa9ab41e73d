/* The memory of all clients together, and which clients go first when it is used up. */
#pragma once

#include "server/shard.h"

void pressure_init(struct shard *s);
/* After a batch. While too much is held, ends those who have neither taken nor sent anything for longest. */
void pressure_relieve(struct shard *s);
