/* Loads a library when it is first needed. libcurl loads thirty other libraries, and a server needs none of
 * them. */
#pragma once

#include <stddef.h>

/* Loads the library `file` (its soname), and stores the addresses of n functions, called `prefix` followed
 * by each of `names`, in `calls`. Returns NULL, or the reason why it failed: for a person, valid until the
 * thread's next call. */
const char *late_load(const char *file, const char *prefix, const char *const *names, size_t n, void *calls);
