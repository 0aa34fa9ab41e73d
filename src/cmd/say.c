/* `ferry say`: argv -> options -> one call. */
#include "message/say.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/announce.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/stray.h"
#include "sys/limits.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { SAY_TALK = 256, SAY_WAIT };

static const struct option options[] = {
    {"message", required_argument, NULL, 'm'},
    {"no-newline", no_argument, NULL, 'n'},
    {"listen", required_argument, NULL, 'l'},
    {"talk", no_argument, NULL, SAY_TALK},
    {"wait", required_argument, NULL, SAY_WAIT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* Words of the command line, kept until all of it is parsed. */
struct words {
    struct slice *texts, *listen; /* each has room for argc entries */
    size_t texts_n;
    bool bare;
};

/* Returns -1 if the command line is right, or the exit status. */
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
        case SAY_TALK:
            o->talk = true;
            break;
        case SAY_WAIT:
            if (!command_number(c, "--wait", optarg, 0, 1000000, &o->wait))
                return STATUS_USAGE;
            break;
        default:
            return STATUS_USAGE;
        }
    o->greets = w->texts_n > 0;
    if (optind < argc)
        return command_usage(c, "'%s' is not an option (a message needs -m in front)",
                             escape(slice_of(argv[optind])).text);
    if (w->bare && !o->greets)
        return command_usage(c, "-n is about the messages of -m, and none is given");
    if (o->wait > 0 && o->greets && !o->talk)
        return command_usage(c, "--wait is about stdin, which -m without --talk does not read");
    return -1;
}

static struct buf greeting(const struct words *w)
{
    struct buf b = buf_new(UINT32_MAX); /* The kernel bounds the command line. */
    for (size_t i = 0; i < w->texts_n; i++) {
        buf_add(&b, w->texts[i]);
        if (!w->bare)
            buf_add(&b, SLICE("\n"));
    }
    return b;
}

static enum status on_listening(const struct ports *ports)
{
    for (size_t i = 0; i < ports->n; i++)
        if (!announce_address(&ports->all[i].at)) {
            log_line("cannot write to stdout: %s", strerror(errno));
            return STATUS_LOCAL_DISK;
        }
    log_never_waits = true;
    return STATUS_DONE;
}

static int say(struct say_options *o)
{
    struct interrupt interrupt;
    if (!interrupt_begin(&interrupt, true)) {
        log_line("cannot start: %s", strerror(errno));
        return STATUS_FAILED;
    }
    stray_signals_ignore();
    o->stop = interrupt.fd;
    int status = (int)say_run(o);
    close(interrupt.fd);
    return status;
}

static int run(int argc, char **argv)
{
    AUTO_FREE struct slice *texts = calloc((size_t)argc, sizeof *texts);
    AUTO_FREE struct slice *listen = calloc((size_t)argc, sizeof *listen);
    struct words w = {.texts = texts, .listen = listen};
    struct say_options o = {
        .listen = listen, .in = STDIN_FILENO, .out = STDOUT_FILENO, .listening = on_listening};
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
    status = say(&o);
    buf_free(&b);
    return status;
}

const struct command command_say = {
    .name = "say",
    .summary = "send a message, or what you type, to everyone who connects",
    .help = "usage: ferry say [-m TEXT]... [-n] [--talk] [--wait N] [-l [HOST]:PORT]...\n"
            "\n"
            "With -m it sends each TEXT as a line to every client that connects, and closes\n"
            "that connection. Without -m it sends each line of the standard input to all\n"
            "clients connected at that moment, until the input ends. Ctrl-C stops it after\n"
            "what is queued has been sent.\n"
            "\n"
            "  -m, --message TEXT         greet clients with TEXT; may be repeated\n"
            "  -n, --no-newline           do not add a newline to each TEXT\n"
            "  -l, --listen [HOST]:PORT   address to listen on; may be repeated. ':4000' is\n"
            "                             every interface, '4000' this machine only, port 0\n"
            "                             any free port. Default: localhost:4000\n"
            "  --talk                     two-way: also print what clients type, after their\n"
            "                             address; -m does not close the connection then\n"
            "  --wait N                   do not read stdin before N clients are connected\n"
            "  -h, --help                 print this text\n"
            "\n"
            "A client that stops reading does not delay the others: when 1 MiB waits for it,\n"
            "it must take something within a second and catch up within ten, or it is\n"
            "disconnected, and a line on stderr says so.\n"
            "\n"
            "examples:\n"
            "  ferry say -m hello -m 'be right back'    then: ferry hear, or nc HOST 4000\n"
            "  ferry say                                type lines for every hearer\n"
            "  tail -f log | ferry say --listen :4000   let others watch a log\n"
            "  ferry say --wait 2 < story.txt           begin when two clients listen\n"
            "  ferry say --talk                         with ferry hear --talk: a chat\n"
            "\n"
            "exit status: 0 done; 1 another error, such as a port in use, or stopped by a\n"
            "second signal; 2 wrong usage; 7 stdout cannot be written\n",
    .run = run,
    .text = 'm',
};
