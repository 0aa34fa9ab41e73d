/* A library that is loaded when somebody first needs it. libcurl brings thirty others with it, and a server
 * has no use for any. */
#pragma once

#include <stddef.h>

/* Loads the library `file` (its soname), and fills in n function pointers by their names, which begin with
 * `prefix`. NULL, or why that cannot be: for a person, valid until the thread's next call. */
const char *late_load(const char *file, const char *prefix, const char *const *names, size_t n, void *calls);
