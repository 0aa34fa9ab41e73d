/* The interface of a subcommand, and what all subcommands share. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct command {
    const char *name;
    const char *summary;               /* one line of `ferry --help` */
    const char *help;                  /* the output of `ferry help NAME` */
    int (*run)(int argc, char **argv); /* argv[0] is the name of the command; returns the exit status */
    int text;                          /* the short option whose value may be empty; 0: none */
};

extern const struct command command_serve, command_get, command_ls, command_hash, command_say, command_hear;

/* The next option, as from getopt_long(). For an unknown option, or one whose value is missing or empty, it
 * prints a message and returns '?'. For --help (-h in every table) it prints the help and ends the
 * process. */
int command_option(int argc, char **argv, const char *shorts, const struct option *longs,
                   const struct command *c);

/* Prints text on stdout. Returns STATUS_DONE, or prints a message and returns STATUS_LOCAL_DISK. */
int command_print(struct slice text);

/* For a command that needs stdout: if stdout is closed, prints a message and returns STATUS_LOCAL_DISK. */
int command_needs_output(void);

/* Prints "ferry: ..." with a pointer to the help, and returns STATUS_USAGE. Arguments that come from
 * outside must have gone through escape(). */
int command_usage(const struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads a whole number from `least` to `most` for option `name`. If there is none, prints a message and
 * returns false. */
bool command_number(const struct command *c, const char *name, const char *text, uint64_t least,
                    uint64_t most, uint64_t *ret);

/* Reads a number of bytes, or of units of 2^10, 2^20, ... bytes with a K, M, G or T at its end. Otherwise
 * like command_number(). */
bool command_size(const struct command *c, const char *name, const char *text, uint64_t *ret);
