/* A connection that is made on a thread of its own: finding a name's address cannot be interrupted, and a
 * signal need not wait for a name server. */
#pragma once

#include "base/err.h"

#include <stdint.h>

struct call;

/* NULL: errno says why. */
struct call *call_start(const char *host, uint16_t port, int timeout_ms);

/* A descriptor that becomes readable once it is over. */
int call_done(const struct call *c);

/* What came of it, once it is over: a descriptor that the caller owns, or -1 with *e filled and *ret_why as
 * dial() leaves errno. */
int call_take(struct call *c, int *ret_why, struct err *e);

/* The caller is done with it, whether it is over or not. */
void call_leave(struct call *c);
