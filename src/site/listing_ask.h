/* What a request wants of a folder's listing. */
#pragma once

#include "content/listing.h"
#include "http/request.h"

/* `query` is the target's. Words in it that mean nothing to us are as good as not there, but a place for a
 * page to begin at that is none makes the result `broken`: whoever follows the pages must not begin anew. */
struct listing_query listing_ask(const struct request *r, struct slice in, struct slice query);
