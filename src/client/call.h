/* Connects on a thread of its own, because the look-up of a name cannot be interrupted and a signal must
 * not wait for a name server. */
#pragma once

#include "base/err.h"

#include <stdint.h>

struct call;

/* NULL on failure, with the reason in errno. */
struct call *call_start(const char *host, uint16_t port, int timeout_ms);

/* A descriptor that becomes readable when the call is over. */
int call_done(const struct call *c);

/* The result, once the call is over: a descriptor that the caller owns, or -1 with *e filled and *ret_why
 * set to the errno of dial(). */
int call_take(struct call *c, int *ret_why, struct err *e);

/* The caller needs it no more, whether it is over or not. */
void call_leave(struct call *c);
