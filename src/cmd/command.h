/* One file a subcommand: argv -> options -> one call. */
#pragma once

#include "base/err.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct command {
    const char *name;
    const char *summary;               /* one line for `ferry --help` */
    const char *help;                  /* the whole of `ferry help NAME` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
};

extern const struct command command_serve, command_get, command_ls, command_say, command_hear;

/* The next option as getopt_long() has it, 0 with nothing printed by it: a wrong option, or one that lacks
 * its value, prints our own line and answers '?'. --help (-h in every table) is for the caller. */
int command_option(int argc, char **argv, const char *shorts, const struct option *longs,
                   const struct command *c);

/* Prints "ferry: ..." and where to read more; returns STATUS_USAGE. What comes from outside must be escaped.
 */
int command_usage(const struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole number from `least` to `most`, for option `name`. False with the line printed. */
bool command_number(const struct command *c, const char *name, const char *text, uint64_t least,
                    uint64_t most, uint64_t *ret);
