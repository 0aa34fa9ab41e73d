/* What a request wants from a folder's listing. */
#pragma once

#include "content/listing.h"
#include "http/request.h"

/* `query` is the target's query. Unknown parameters are ignored, but an invalid place to begin at makes the
 * result `broken`: a client that follows the pages must not start over. */
struct listing_query listing_ask(const struct request *r, struct slice in, struct slice query);
