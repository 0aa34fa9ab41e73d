/* What all clients hold of memory together, and who goes first when that is too much. */
#pragma once

#include "server/shard.h"

void pressure_init(struct shard *s);
/* After a batch. While too much is held, ends those who have neither taken nor sent anything for longest. */
void pressure_relieve(struct shard *s);
