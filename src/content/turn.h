/* Lets clients that ask for a folder as one file take turns at walking it.
 *
 * A walk of a large folder takes seconds, and workers have other jobs, too: at most eight walks run at
 * once, each of another folder. A walk serves all clients that had asked for its folder when it began. A
 * later client may have seen a change that the walk did not, so it waits for the next one. */
#pragma once

#include "content/stock.h"

struct turn;

/* Blocks only if it makes the walk itself; may be called from any thread. *mine is NULL at first, and then
 * the caller's place in the line. Returns 0 with a reference in *ret; -EALREADY while another caller makes
 * the walk, and -EBUSY until its turn comes: call it again later with the same *mine. Any other error is
 * final. */
int turn_take(struct turn **mine, const struct root *root, struct slice name, struct slice top,
              struct stock **ret);

/* Gives up the place in the line. *mine may be NULL. */
void turn_leave(struct turn **mine);
