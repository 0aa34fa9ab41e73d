/* Proactive negotiation (RFC 9110 12): how much a client wants what we could give. */
#pragma once

#include "base/slice.h"

/* 0 (not acceptable) to 1000 for media type `type` ("text/html") by an Accept value; the most specific range
 * that matches decides (RFC 9110 12.5.1). A malformed element is skipped; a field in which none is left, or
 * that is absent, accepts anything: 1000. */
int accept_quality(struct slice accept, struct slice type);

/* 0 (not acceptable) to 1000 for a content coding ("gzip") by an Accept-Encoding value (RFC 9110 12.5.3).
 * What is not named has the weight of "*", or none: only what a client asks for is sent encoded. */
int accept_coding_quality(struct slice accept_encoding, struct slice coding);
