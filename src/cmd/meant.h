/* Guesses what was meant by an unknown command or option. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The entry of `words` that `typed` differs from by a typing error; NULL if there is none. */
const char *meant_word(const char *typed, const char *const *words, size_t n);

/* What to type here for the option `typed` of other programs; NULL if it is not known. */
const char *meant_option(const char *command, const char *typed);

/* The command for a word that other programs use ("fetch": get); NULL if it is not known. */
const char *meant_command(const char *typed);

/* Whether it is a port, or an address with a port, and not the name of a file: "8080", ":80",
 * "localhost:80". */
bool meant_address(const char *typed);
