/* One file a subcommand: argv -> options -> one call. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct command {
    const char *name;
    const char *summary;               /* one line for `ferry --help` */
    const char *help;                  /* the whole of `ferry help NAME` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
    int text;                          /* the option whose value is a text that may be empty; 0: none */
};

extern const struct command command_serve, command_get, command_ls, command_say, command_hear;

/* The next option as getopt_long() has it, with nothing printed by that: a wrong option, or one that lacks
 * its value or has an empty one, prints our own line and answers '?'. --help (-h in every table) prints the
 * help and ends the process. */
int command_option(int argc, char **argv, const char *shorts, const struct option *longs,
                   const struct command *c);

/* Prints text on stdout. STATUS_DONE, or STATUS_LOCAL_DISK with the line printed. */
int command_print(struct slice text);

/* For a command that is of no use without stdout, before it begins: the same for a stdout that is closed. */
int command_needs_output(void);

/* Prints "ferry: ..." and where to read more; returns STATUS_USAGE. What comes from outside must be escaped.
 */
int command_usage(const struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole number from `least` to `most`, for option `name`. False with the line printed. */
bool command_number(const struct command *c, const char *name, const char *text, uint64_t least,
                    uint64_t most, uint64_t *ret);

/* A number of bytes, with K, M, G or T behind it of 2^10, 2^20, ... of them. As command_number(). */
bool command_size(const struct command *c, const char *name, const char *text, uint64_t *ret);
