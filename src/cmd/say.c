/* `ferry say`: argv -> options -> one call. */
#include "message/say.h"
#include "sys/limits.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include <stdio.h>

enum { OPTION_TALK = 256, OPTION_WAIT };

static const struct option options[] = {
    {"message", required_argument, NULL, 'm'},
    {"no-newline", no_argument, NULL, 'n'},
    {"listen", required_argument, NULL, 'l'},
    {"talk", no_argument, NULL, OPTION_TALK},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* The words of the command line, kept until all of it is read. */
struct words {
    struct slice *texts, *listen; /* room for argc each */
    size_t texts_n;
    bool bare;
};

/* -1 when the command line is right, or the exit status. */
static int parse(int argc, char **argv, struct words *w, struct say_options *o)
{
    const struct command *c = &command_say;
    int option;
    while ((option = command_option(argc, argv, "m:nl:h", options, c)) != -1)
        switch (option) {
        case 'm':
            w->texts[w->texts_n++] = slice_of(optarg);
            break;
        case 'n':
            w->bare = true;
            break;
        case 'l':
            w->listen[o->listens++] = slice_of(optarg);
            break;
        case OPTION_TALK:
            o->talk = true;
            break;
        case OPTION_WAIT:
            if (!command_number(c, "--wait", optarg, 0, 1000000, &o->wait))
                return STATUS_USAGE;
            break;
        default:
            return STATUS_USAGE;
        }
    o->greets = w->texts_n > 0;
    if (optind < argc)
        return command_usage(c, "'%s' is no option (a message needs -m in front)",
                             escape(slice_of(argv[optind])).text);
    if (w->bare && !o->greets)
        return command_usage(c, "-n is about the messages of -m, and there is none");
    if (o->wait > 0 && o->greets && !o->talk)
        return command_usage(c, "--wait is about stdin, which -m without --talk does not read");
    return -1;
}

static struct buf greeting(const struct words *w)
{
    struct buf b = buf_new(SIZE_MAX / 2); /* The kernel bounds a command line. */
    for (size_t i = 0; i < w->texts_n; i++) {
        buf_add(&b, w->texts[i]);
        if (!w->bare)
            buf_add(&b, SLICE("\n"));
    }
    return b;
}

static int run(int argc, char **argv)
{
    AUTO_FREE struct slice *texts = calloc((size_t)argc, sizeof *texts);
    AUTO_FREE struct slice *listen = calloc((size_t)argc, sizeof *listen);
    struct words w = {.texts = texts, .listen = listen};
    struct say_options o = {.listen = listen};
    if (!texts || !listen) {
        log_line("out of memory");
        return STATUS_FAILED;
    }
    int status = parse(argc, argv, &w, &o);
    if (status >= 0)
        return status;
    status = command_needs_output();
    if (status != STATUS_DONE)
        return status;
    if (o.listens == 0)
        listen[o.listens++] = SLICE("localhost:4000");
    struct buf b = greeting(&w);
    o.greeting = buf_slice(&b);
    limits_raise_descriptors();
    status = (int)say_run(&o);
    buf_free(&b);
    return status;
}

const struct command command_say = {
    .name = "say",
    .summary = "say a message, or what is typed, to all who connect",
    .help = "usage: ferry say [-m TEXT]... [-n] [--talk] [--wait N] [-l [HOST]:PORT]...\n"
            "\n"
            "With -m: greets every client that connects with each TEXT, a line each, and\n"
            "closes. Without: passes each line of stdin on to every client connected at that\n"
            "moment, until the end of stdin. Ctrl-C ends it in good order.\n"
            "\n"
            "  -m, --message TEXT         what to greet with; may be repeated\n"
            "  -n, --no-newline           the bare bytes of each TEXT, no newline behind it\n"
            "  -l, --listen [HOST]:PORT   where to listen; may be repeated. Default:\n"
            "                             localhost:4000. ':4000' is every interface, '4000'\n"
            "                             this machine alone; port 0 picks a free one\n"
            "  --talk                     two-way: print what clients type, with the address\n"
            "                             in front; -m does not end the connection then\n"
            "  --wait N                   do not read stdin before N clients are connected\n"
            "  -h, --help                 this text\n"
            "\n"
            "A client that stops reading does not hold up the others: once 1 MiB waits for\n"
            "it, it has a second to take something and ten to catch up, or is dropped with a\n"
            "line on stderr.\n"
            "\n"
            "examples:\n"
            "  ferry say -m hello -m 'be right back'    then: ferry hear, or nc HOST 4000\n"
            "  ferry say                                type; every hearer reads along\n"
            "  tail -f log | ferry say --listen :4000   a log for all who want to watch\n"
            "  ferry say --wait 2 < story.txt           begin when two are listening\n"
            "  ferry say --talk                         with ferry hear --talk: a talk\n"
            "\n"
            "exit status: 0 done; 1 failed, such as a port that is taken, or ended by a\n"
            "second signal; 2 wrong usage; 7 stdout cannot be written\n",
    .run = run,
    .text = 'm',
};
