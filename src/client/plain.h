/* One attempt in the plain dialect: a name goes out, the file's bytes come, then the end. */
#pragma once

#include "client/attempt.h"
#include "client/stop.h"

/* Fills *e for OUTCOME_AGAIN and OUTCOME_FAILED. begin() is called once it is certain that a file comes; a
 * second time when what came is void, since it had to be asked for once more. */
enum outcome plain_attempt(const struct net_options *net, struct stop *stop, const struct remote *remote,
                           struct receiver *r, struct err *e);
