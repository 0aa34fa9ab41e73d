/* The table of subcommands, and nothing else. */
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/meant.h"
#include "cmd/startup.h"
#include "version.h"

#include <stdio.h>

static const struct command *const commands[] = {
    &command_serve, &command_get, &command_ls, &command_hash, &command_say, &command_hear,
};
#define COMMANDS (sizeof commands / sizeof *commands)

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (slice_eq(slice_of(name), slice_of(commands[i]->name)))
            return commands[i];
    return NULL;
}

static int print_overview(bool asked)
{
    struct buf text = buf_new(4096);
    buf_printf(&text, "ferry " FERRY_VERSION ": one port, any client, exactly the file\n\n"
                      "usage: ferry COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        buf_printf(&text, "  %-7s %s\n", commands[i]->name, commands[i]->summary);
    buf_printf(&text, "\nexample:\n"
                      "  ferry serve --listen :6767 ~/pub    on the machine that has the files\n"
                      "  ferry get HOST/NAME                 on another machine, or\n"
                      "  curl -O http://HOST:6767/NAME       with any other HTTP client\n\n"
                      "'ferry help COMMAND' explains a command, 'man ferry' is the manual.\n");
    struct slice s = buf_slice(&text);
    int status = STATUS_USAGE;
    if (asked)
        status = command_print(s);
    else
        fwrite(s.p, 1, s.n, stderr);
    buf_free(&text);
    return status;
}

static bool is(const char *word, const char *a, const char *b)
{
    return slice_eq(slice_of(word), slice_of(a)) || slice_eq(slice_of(word), slice_of(b));
}

static int no_command(const char *typed)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *meant = meant_command(typed);
    if (!meant)
        meant = meant_word(typed, names, COMMANDS);
    struct escaped word = escape(slice_of(typed));
    if (meant)
        log_line("there is no command '%s': did you mean '%s'? (see 'ferry help')", word.text, meant);
    else if (meant_address(typed))
        log_line("there is no command '%s' (to listen on that address: ferry serve --listen %s)", word.text,
                 word.text);
    else if (typed[0] && strchr("./~", typed[0]))
        log_line("there is no command '%s' (to serve that folder or file: ferry serve %s)", word.text,
                 word.text);
    else if (strchr(typed, '/'))
        log_line("there is no command '%s' (to fetch that file: ferry get %s)", word.text, word.text);
    else
        log_line("there is no command '%s' (see 'ferry help')", word.text);
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    startup();
    if (argc < 2)
        return print_overview(false);
    if (is(argv[1], "--version", "-V"))
        return command_print(SLICE("ferry " FERRY_VERSION "\n"));
    if (is(argv[1], "--help", "-h") || (is(argv[1], "help", "help") && argc == 2))
        return print_overview(true);
    bool help = is(argv[1], "help", "help");
    const char *name = argv[help ? 2 : 1];
    const struct command *c = find(name);
    if (!c)
        return no_command(name);
    return help ? command_print(slice_of(c->help)) : c->run(argc - 1, argv + 1);
}
