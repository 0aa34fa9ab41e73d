/* The Prefer field (RFC 7240), as far as we honour it. */
#pragma once

#include "base/slice.h"

/* The seconds of "wait": how long the client would rather wait for a better answer. 0 if it is not there, or
 * no number; a larger number than UINT_MAX is that. */
unsigned prefer_wait(struct slice field);
