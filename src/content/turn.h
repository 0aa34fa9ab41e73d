/* Who asks for a folder as one file waits in turn for a walk of it.
 *
 * A walk takes seconds in a large folder, and workers have other things to do, too: eight are made at once,
 * each of another folder. One serves all who had asked for its folder by the time it began; who asks later
 * may have seen a change that it has not, and so waits for the next one. */
#pragma once

#include "content/stock.h"

struct turn;

/* Never blocks for long but where it walks itself; from any thread. *mine is NULL at first, and then one's
 * place in the line. 0 with *ret, a reference; -EALREADY while another caller makes the walk, and -EBUSY
 * until its turn comes: call again in a while with the same *mine. Any other error is the end of it. */
int turn_take(struct turn **mine, const struct root *root, struct slice name, struct slice top,
              struct stock **ret);

/* Gives the place up. *mine may be NULL. */
void turn_leave(struct turn **mine);
