/* A library that is loaded when somebody first needs it. libcurl and libarchive bring forty others between
 * them, and a server that nobody asks for a zip has no use for any: without them it holds 2 MiB instead of
 * 10, and starts in 6 ms instead of 21. */
#pragma once

#include <stddef.h>

/* Loads the library `file` (its soname), and fills in n function pointers by their names, which begin with
 * `prefix`. NULL, or why that cannot be: for a person, valid until the thread's next call. */
const char *late_load(const char *file, const char *prefix, const char *const *names, size_t n, void *calls);
