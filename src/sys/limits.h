/* Limits of the system: descriptors, memory, processors. */
#pragma once

#include <stdint.h>

/* Raises the limit of descriptors as far as it may be raised without rights: each client takes one, and
 * each file that is sent another. Also makes room for them in the kernel's table. Call it before there is a
 * second thread, because making that room would make clients wait later. */
void limits_raise_descriptors(void);
/* The limit of descriptors. */
unsigned limits_descriptors(void);
/* How many descriptors are still free. */
unsigned limits_descriptors_left(void);

/* Bytes of memory available to this process: the machine's, or the limit of a control group or of ulimit. */
uint64_t limits_memory(void);

/* How many processors this thread may run on; at least 1. */
unsigned limits_processors(void);
/* The kernel's number of the i-th of these processors, from 0 on; -1 if there are no more. */
int limits_processor(unsigned i);
