/* Content-Disposition (RFC 6266): the name under which a browser saves what it gets. */
#pragma once

#include "base/buf.h"

/* Adds "attachment; filename=..." for the last part of `name`: as a quoted string where every byte of it can
 * stand in one, and otherwise with a plain stand-in for old clients and the exact bytes as filename* (RFC
 * 8187). */
void disposition_add(struct buf *out, struct slice name);
