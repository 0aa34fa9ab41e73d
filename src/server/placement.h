/* Which loop has which client. */
#pragma once

#include "server/shard.h"

#include <netinet/in.h>

/* Notes on which processor a client has arrived. */
void placement_note(struct shard *s, int fd);
/* Opens a connection for a client that this loop has accepted, here or on another loop. Takes fd. */
void placement_let_in(struct shard *s, int fd, const struct in6_addr *client);
/* After a batch: sends busy clients (shard.busy) to the loop of their processor, if they are idle now. */
void placement_tend(struct shard *s);
/* The server has decided anew: listens to the clients of the loop's processor, or to any. */
void placement_follow(struct shard *s);
