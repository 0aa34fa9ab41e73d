/* Inputs next to memory that must not be touched, so that a parser that reads past the end crashes. */
#pragma once

#include <stddef.h>

/* A copy of n bytes that ends at the end of a page; the next page is protected. */
const char *guard_end(const void *bytes, size_t n);

/* A copy that begins at the beginning of a page, for code that reads backwards. */
const char *guard_begin(const void *bytes, size_t n);

/* Releases either copy, given the same n. */
void guard_free(const char *copy, size_t n);
