/* What the system allows this process. */
#pragma once

/* As many open descriptors as it may have without asking anybody: each client is one, each file it fetches
 * another. Before there is a second thread: later, room for them would be made while clients wait. */
void limits_raise_descriptors(void);
/* How many that is. */
unsigned limits_descriptors(void);

/* The processors that this process may run on; at least 1. */
unsigned limits_processors(void);
