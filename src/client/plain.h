/* One attempt in the plain dialect: a name and a newline go out, the file's bytes come, then the end. */
#pragma once

#include "client/attempt.h"
#include "client/stop.h"

/* Fills *e for OUTCOME_AGAIN and OUTCOME_FAILED. begin() is called once it is certain that a file comes. */
enum outcome plain_attempt(const struct reach *reach, struct stop *stop, const struct remote *remote,
                           struct receiver *r, struct err *e);
