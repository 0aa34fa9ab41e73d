/* Inputs that lie flush against memory which nobody may touch, so that a parser's read past the end is a
 * crash. */
#pragma once

#include <stddef.h>

/* A copy of the n bytes whose last one is the last of a page; the page behind may not be touched. */
const char *guard_end(const void *bytes, size_t n);

/* The same with the first byte at the beginning of a page, for code that looks backwards. */
const char *guard_begin(const void *bytes, size_t n);

/* Takes what either of them returned, with the same n. */
void guard_free(const char *copy, size_t n);
