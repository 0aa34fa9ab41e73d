/* `ferry hear`: argv -> options -> one call. */
#include "message/hear.h"
#include "base/text.h"
#include "cmd/command.h"
#include "io/sock.h"
#include "message/say.h"

#include <stdio.h>
#include <unistd.h>

enum { HEAR_TALK = 256 };

static const struct option options[] = {
    {"talk", no_argument, NULL, HEAR_TALK},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int run(int argc, char **argv)
{
    const struct command *c = &command_hear;
    struct hear_options o = {.in = STDIN_FILENO, .out = STDOUT_FILENO, .terminal = isatty(STDOUT_FILENO)};
    struct slice text, host;
    char name[256];
    int option;
    while ((option = command_option(argc, argv, "h", options, c)) != -1)
        switch (option) {
        case HEAR_TALK:
            o.talk = true;
            break;
        default:
            return STATUS_USAGE;
        }
    if (argc - optind > 1)
        return command_usage(c,
                             "it takes one [HOST][:PORT] at most, not also '%s' (try: ferry hear nas:4000)",
                             escape(slice_of(argv[optind + 1])).text);
    text = optind < argc ? slice_of(argv[optind]) : SLICE("localhost");
    if (!sock_split_host_port(text, MESSAGE_PORT, &host, &o.port) || host.n >= sizeof name || o.port == 0)
        return command_usage(c, "'%s' is no [HOST][:PORT] (try: ferry hear nas:4000)", escape(text).text);
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
    .summary = "print the messages of a 'ferry say'",
    .help = "usage: ferry hear [--talk] [HOST][:PORT]\n"
            "\n"
            "Connects to a message server and prints what it sends until it closes the\n"
            "connection. HOST is localhost and PORT is 4000 by default. The server can be\n"
            "'ferry say' or any other that sends over TCP.\n"
            "\n"
            "A file or a pipe gets exactly the bytes that came. On a terminal, what could\n"
            "move the cursor, change colours or re-order text is shown as \\xNN.\n"
            "\n"
            "  --talk      also send each line of the standard input to the server, where\n"
            "              'ferry say --talk' prints it; after its end go on printing\n"
            "  -h, --help  print this text\n"
            "\n"
            "examples:\n"
            "  ferry hear                    the 'ferry say' on this machine\n"
            "  ferry hear nas                on the machine nas, port 4000\n"
            "  ferry hear --talk nas:4001    a conversation\n"
            "  ferry hear nas > news.txt     into a file\n"
            "\n"
            "exit status: 0 the server ended the connection; 1 the reader of our stdout went\n"
            "away, or another error; 2 wrong usage; 5 the server cannot be reached, or the\n"
            "connection broke; 7 stdout cannot be written\n",
    .run = run,
};
