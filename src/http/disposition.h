/* Content-Disposition (RFC 6266): the name under which a browser saves an answer. */
#pragma once

#include "base/buf.h"

/* Adds "attachment; filename=..." with the last part of `name`: as a quoted string if all its bytes may be
 * in one, otherwise with a replacement for old clients and the exact bytes as filename* (RFC 8187). */
void disposition_add(struct buf *out, struct slice name);
