/* What somebody may have meant whose word is none of ours. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The one of `words` that a slip of the hand makes of `typed`; NULL when it is none. */
const char *meant_word(const char *typed, const char *const *words, size_t n);

/* What does here what option `typed` does in other programs; NULL when nothing is known. */
const char *meant_option(const char *command, const char *typed);

/* Which command's work a word of other programs is: "fetch" is get's. NULL when nothing is known. */
const char *meant_command(const char *typed);

/* Whether it is a port, or an address with one, and no name of a file: "8080", ":80", "localhost:80". */
bool meant_address(const char *typed);
