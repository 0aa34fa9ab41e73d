/* What a terminal has room for, and whose it is. */
#pragma once

#include "base/buf.h"

/* The columns of the terminal that fd is, asked each time, since it may be resized at any moment; 0 when it
 * is none. */
int terminal_width(int fd);

/* In the background it belongs to somebody else. */
bool terminal_is_ours(int fd);

/* Adds as much of s, which went through escape(), as fits into `columns`, with dots where something is
 * missing. Returns the columns that it takes. */
int terminal_add(struct buf *out, struct slice s, int columns);
