/* One attempt in the plain dialect: sends a name, receives the file's bytes and the end. */
#pragma once

#include "client/attempt.h"
#include "client/stop.h"

/* Fills *e for OUTCOME_AGAIN and OUTCOME_FAILED. begin() is called once it is certain that a file comes,
 * and a second time if those bytes are void because the name had to be sent again. */
enum outcome plain_attempt(const struct net_options *net, struct stop *stop, const struct remote *remote,
                           struct receiver *r, struct err *e);
