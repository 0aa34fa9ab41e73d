/* Cuts what a client types into lines, each with the client's name before it and escaped for a terminal. */
#pragma once

#include "base/buf.h"

/* A longer line is shown in pieces, each with the name. */
#define TYPED_LINE_MAX ((size_t)64 * 1024)

/* `line` is the client's incomplete line, at most TYPED_LINE_MAX bytes; it holds no memory between lines. */
void typed_add(struct buf *line, struct slice came, const char *name, struct buf *out);

/* No more will come: shows an incomplete line. */
void typed_end(struct buf *line, const char *name, struct buf *out);
