/* `ferry hear`: argv -> options -> one call. */
#include "message/hear.h"
#include "base/text.h"
#include "cmd/command.h"
#include "io/sock.h"
#include "message/say.h"

#include <stdio.h>
#include <unistd.h>

enum { OPTION_TALK = 256 };

static const struct option options[] = {
    {"talk", no_argument, NULL, OPTION_TALK},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int run(int argc, char **argv)
{
    const struct command *c = &command_hear;
    struct hear_options o = {.terminal = isatty(STDOUT_FILENO)};
    struct slice text, host;
    char name[256];
    int option;
    while ((option = command_option(argc, argv, "h", options, c)) != -1)
        switch (option) {
        case OPTION_TALK:
            o.talk = true;
            break;
        default:
            return STATUS_USAGE;
        }
    if (argc - optind > 1)
        return command_usage(c, "one [HOST][:PORT] at most, not also '%s' (as in: ferry hear nas:4000)",
                             escape(slice_of(argv[optind + 1])).text);
    text = optind < argc ? slice_of(argv[optind]) : SLICE("localhost");
    if (!sock_split_host_port(text, MESSAGE_PORT, &host, &o.port) || host.n >= sizeof name || o.port == 0)
        return command_usage(c, "'%s' is no [HOST][:PORT]", escape(text).text);
    if (host.n == 0)
        host = SLICE("localhost");
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    o.host = name;
    int status = command_needs_output();
    if (status != STATUS_DONE)
        return status;
    return (int)hear_run(&o);
}

const struct command command_hear = {
    .name = "hear",
    .summary = "print what a 'ferry say' says, as it comes",
    .help = "usage: ferry hear [--talk] [HOST][:PORT]\n"
            "\n"
            "Connects to a message server and prints what it says, as it comes, until it\n"
            "closes. HOST is localhost and PORT is 4000 unless told. Any server will do that\n"
            "sends over TCP, not only 'ferry say'.\n"
            "\n"
            "Into a file or a pipe go the very bytes. On a terminal, what could move the\n"
            "cursor, colour or re-order is shown as \\xNN: the server may be anybody.\n"
            "\n"
            "  --talk      also send each line of stdin to the server; at stdin's end, say so\n"
            "              to the server and go on hearing ('ferry say --talk' shows what you\n"
            "              type)\n"
            "  -h, --help  this text\n"
            "\n"
            "examples:\n"
            "  ferry hear                    what 'ferry say' says on this machine\n"
            "  ferry hear nas                on the machine nas, port 4000\n"
            "  ferry hear --talk nas:4001    a conversation\n"
            "  ferry hear nas > news.txt     keep it\n"
            "\n"
            "exit status: 0 the server closed in good order; 1 whoever read our stdout went\n"
            "away; 2 wrong usage; 5 it cannot be reached, or the connection broke; 7 stdout\n"
            "cannot be written\n",
    .run = run,
};
