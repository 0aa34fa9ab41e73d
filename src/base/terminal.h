/* The width of a terminal, and whether this process is in its foreground. */
#pragma once

#include "base/buf.h"

/* The columns of the terminal fd, or 0 if fd is no terminal. Asked each time, because a terminal may be
 * resized at any moment. */
int terminal_width(int fd);

/* False for a process in the background, which must not write to the terminal. */
bool terminal_is_ours(int fd);

/* Adds as much of s (escaped by escape()) as fits into `columns`, with dots where something was left out.
 * Returns how many columns that takes. */
int terminal_add(struct buf *out, struct slice s, int columns);
