/* The Link field (RFC 8288): what belongs to a resource, and where it is. */
#pragma once

#include "base/slice.h"

/* The target of the first link of this relation and media type, as it stands in the field: it may be
 * relative. Links from another resource (anchor) do not count. False if there is none before the first
 * thing that is malformed. */
bool link_find(struct slice field, struct slice relation, struct slice media_type, struct slice *ret_target);
