/* Proactive negotiation (RFC 9110 12): how much a client prefers what we can send. */
#pragma once

#include "base/slice.h"

/* The weight of media type `type` ("text/html") in an Accept value, from 0 (not acceptable) to 1000. The
 * most specific matching range decides (RFC 9110 12.5.1). Malformed elements are skipped. A field that is
 * absent or has no valid element accepts everything: 1000. */
int accept_quality(struct slice accept, struct slice type);

/* The weight of a content coding ("gzip") in an Accept-Encoding value (RFC 9110 12.5.3), from 0 (not
 * acceptable) to 1000. A coding that is not named has the weight of "*", or 0 without it: only what a
 * client asks for is sent encoded. */
int accept_coding_quality(struct slice accept_encoding, struct slice coding);
