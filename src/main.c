/* The table of subcommands, and nothing else. */
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "version.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>

static const struct command *const commands[] = {
    &command_serve, &command_get, &command_ls, &command_say, &command_hear,
};
#define COMMANDS (sizeof commands / sizeof *commands)

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (slice_eq(slice_of(name), slice_of(commands[i]->name)))
            return commands[i];
    return NULL;
}

static int print_overview(FILE *to)
{
    fprintf(to, "ferry " FERRY_VERSION ": one port, any client, exactly the file\n\n"
                "usage: ferry COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-7s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\nTry it: on one machine            ferry serve --listen :6767 ~/pub\n"
                "        on another                ferry get HOST/NAME\n"
                "        or with anything          curl -O http://HOST:6767/NAME\n\n"
                "'ferry help COMMAND' tells all of a command; 'man ferry' is the manual.\n");
    return to == stdout && (fflush(stdout) != 0) ? STATUS_LOCAL_DISK : STATUS_DONE;
}

static int print_help(const char *name)
{
    const struct command *c = find(name);
    if (!c) {
        log_line("there is no command '%s' (see 'ferry help')", escape(slice_of(name)).text);
        return STATUS_USAGE;
    }
    fputs(c->help, stdout);
    return fflush(stdout) == 0 ? STATUS_DONE : STATUS_LOCAL_DISK;
}

static bool is(const char *word, const char *a, const char *b)
{
    return slice_eq(slice_of(word), slice_of(a)) || slice_eq(slice_of(word), slice_of(b));
}

int main(int argc, char **argv)
{
    /* A peer or a pipe that goes away is an error of that write, never the end of the program. */
    signal(SIGPIPE, SIG_IGN);
    /* Only for how wide a character is; numbers and protocols stay in "C". */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");

    if (argc < 2) {
        print_overview(stderr);
        return STATUS_USAGE;
    }
    if (is(argv[1], "--version", "-V")) {
        puts("ferry " FERRY_VERSION);
        return STATUS_DONE;
    }
    if (is(argv[1], "--help", "-h") || (is(argv[1], "help", "help") && argc == 2))
        return print_overview(stdout);
    if (is(argv[1], "help", "help"))
        return print_help(argv[2]);
    const struct command *c = find(argv[1]);
    if (!c) {
        log_line("there is no command '%s' (see 'ferry help')", escape(slice_of(argv[1])).text);
        return STATUS_USAGE;
    }
    for (int i = 2; i < argc && !is(argv[i], "--", "--"); i++)
        if (is(argv[i], "--help", "-h"))
            return print_help(c->name);
    return c->run(argc - 1, argv + 1);
}
