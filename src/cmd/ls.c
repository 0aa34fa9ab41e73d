/* `ferry ls`: argv -> options -> one listing. */
#include "base/log.h"
#include "base/terminal.h"
#include "client/browse.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LS_TIMEOUT = 256,
    LS_CACERT,
    LS_ALLOW_HTTP,
    LS_JSON,
};

static const struct option options[] = {
    {"long", no_argument, NULL, 'l'},
    {"null", no_argument, NULL, '0'},
    {"insecure", no_argument, NULL, 'k'},
    {"timeout", required_argument, NULL, LS_TIMEOUT},
    {"cacert", required_argument, NULL, LS_CACERT},
    {"allow-http", no_argument, NULL, LS_ALLOW_HTTP},
    {"json", no_argument, NULL, LS_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct ls {
    struct net_options net;
    bool lengthy, json;
    bool null; /* names end with a NUL */
    const char *source;
};

/* Returns STATUS_DONE, or prints a message and returns the exit status. */
static int read_options(int argc, char **argv, struct ls *l)
{
    const struct command *c = &command_ls;
    uint64_t number;
    int option;
    *l = (struct ls){.net = {.timeout_s = 60}};
    while ((option = command_option(argc, argv, "l0kh", options, c)) != -1) {
        switch (option) {
        case 'l':
            l->lengthy = true;
            break;
        case '0':
            l->null = true;
            break;
        case 'k':
            l->net.insecure = true;
            break;
        case LS_TIMEOUT:
            if (!command_number(c, "--timeout", optarg, 1, 86400, &number))
                return STATUS_USAGE;
            l->net.timeout_s = (unsigned)number;
            break;
        case LS_ALLOW_HTTP:
            l->net.allow_http = true;
            break;
        case LS_CACERT:
            l->net.cacert = optarg;
            break;
        case LS_JSON:
            l->json = true;
            break;
        default:
            return STATUS_USAGE;
        }
    }
    if (l->null && (l->lengthy || l->json))
        return command_usage(c, "-0 prints only names and cannot be combined with -l or --json");
    l->lengthy |= isatty(STDOUT_FILENO) && !l->null;
    if (argc - optind != 1)
        return command_usage(c, "it takes one SOURCE (try: ferry ls nas:6767/iso)");
    l->source = argv[optind];
    return command_needs_output();
}

static int print(const struct ls *l, const struct folder *listing)
{
    bool ok = true;
    if (l->json)
        ok = folder_print_json(listing, stdout);
    else if (l->lengthy)
        folder_print_long(listing, stdout, terminal_width(STDOUT_FILENO));
    else
        folder_print_names(listing, stdout, l->null ? '\0' : '\n');
    if (fflush(stdout) == 0 && !ferror(stdout) && ok)
        return STATUS_DONE;
    /* The reader of the pipe has closed it (`ferry ls ... | head`). */
    if (errno == EPIPE)
        return STATUS_FAILED;
    log_line("cannot write to the standard output: %s", ok ? strerror(errno) : "out of memory");
    return ok ? STATUS_LOCAL_DISK : STATUS_FAILED;
}

static int list(const struct ls *l, const struct remote *remote, struct http *http, struct stop *stop)
{
    struct folder listing;
    struct err e;
    int status = browse(remote, &l->net, http, stop, &listing, &e);
    if (status != STATUS_DONE) {
        if (!stop_asked(stop))
            log_line("%s", e.text);
        return status;
    }
    status = print(l, &listing);
    folder_free(&listing);
    return status;
}

static int run(int argc, char **argv)
{
    struct ls l;
    struct interrupt interrupt;
    struct err e;
    struct remote remote;
    int status = read_options(argc, argv, &l);
    if (status != STATUS_DONE)
        return status;
    if (remote_parse(l.source, &remote, &e) != STATUS_DONE)
        return command_usage(&command_ls, "%s", e.text);
    struct err why = {.text = "cannot start: no file descriptor is left (see 'ulimit -n')"};
    bool begun = interrupt_begin(&interrupt, false);
    struct stop stop = {.fd = interrupt.fd};
    struct http *http = begun ? http_new(&l.net, &stop, &why) : NULL;
    if (!http) {
        log_line("%s", why.text);
        status = STATUS_FAILED;
    } else {
        status = list(&l, &remote, http, &stop);
    }
    http_free(http);
    remote_free(&remote);
    interrupt_end(&interrupt);
    return status;
}

const struct command command_ls = {
    .name = "ls",
    .summary = "list a folder of a server",
    .run = run,
    .help = "usage: ferry ls [OPTIONS] SOURCE\n"
            "\n"
            "Lists a folder of a ferry server. On a terminal it prints names, sizes and times\n"
            "in columns, into a pipe one name a line. A folder's name ends in /. If SOURCE is\n"
            "a file, it lists that file.\n"
            "\n"
            "SOURCE is one of\n"
            "  HOST[:PORT][/FOLDER]           on port 6767 by default; FOLDER as it is\n"
            "                                 called, without %20 and the like\n"
            "  http://..., https://...        a URL\n"
            "  plain://HOST[:PORT][/FOLDER]   without HTTP: names only\n"
            "\n"
            "  -l, --long             print columns, also into a pipe\n"
            "  -0, --null             end each name with a NUL instead of a newline, for\n"
            "                         xargs -0\n"
            "      --json             print a JSON array with an object for each entry: name,\n"
            "                         href, kind, size, mtime\n"
            "      --timeout SECONDS  give up after so long without a byte. Default: 60\n"
            "      --allow-http       follow a redirect from https to http\n"
            "      --cacert FILE      trust the certificates in FILE (PEM) instead of the\n"
            "                         system's\n"
            "  -k, --insecure         trust any certificate\n"
            "  -h, --help             print this text\n"
            "\n"
            "examples:\n"
            "  ferry ls nas                              the served folder of nas\n"
            "  ferry ls nas:8080/iso                     a folder in it, on another port\n"
            "  ferry ls https://files.example.org/pub/   over HTTPS\n"
            "  ferry ls nas/iso | grep debian            one name a line\n"
            "  ferry ls --json nas/iso | jq '.[].size'   for programs\n"
            "\n"
            "exit status: 0 listed; 1 another error; 2 wrong usage; 3 no such folder; 4 not\n"
            "allowed; 5 network or server failed, or it does not list folders as ferry does;\n"
            "7 the output could not be written\n",
};
