/* What a client types, cut into lines, each with its name in front and fit for a terminal. */
#pragma once

#include "base/buf.h"

/* A longer line is shown in pieces, each with the name. */
#define TYPED_LINE_MAX ((size_t)64 * 1024)

/* `line` is what the client has begun, at most TYPED_LINE_MAX; it holds no memory between lines. */
void typed_add(struct buf *line, struct slice came, const char *name, struct buf *out);

/* No more will come: shows a line that was not ended. */
void typed_end(struct buf *line, const char *name, struct buf *out);
