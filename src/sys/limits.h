/* What the system allows this process. */
#pragma once

#include <stdint.h>

/* As many open descriptors as it may have without asking anybody: each client is one, each file it fetches
 * another. Before there is a second thread: later, room for them would be made while clients wait. */
void limits_raise_descriptors(void);
/* How many that is. */
unsigned limits_descriptors(void);
/* How many of them are not taken yet. */
unsigned limits_descriptors_left(void);

/* Bytes of memory that there are for this process: the machine's, or as many as a control group or a limit
 * allows. */
uint64_t limits_memory(void);

/* How many processors this thread may run on; at least 1. */
unsigned limits_processors(void);
/* The kernel's number of the i-th of them, from 0 on; -1 when there are no more. */
int limits_processor(unsigned i);
