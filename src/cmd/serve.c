/* ferry serve: a folder, or one file, to whoever asks. */
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/meant.h"
#include "server/fields.h"
#include "server/server.h"
#include "sys/limits.h"

#include <errno.h>
#include <unistd.h>

static const char help[] =
    "usage: ferry serve [OPTIONS] [DIR | FILE]\n"
    "\n"
    "Serves a folder (this one when none is named), or one file and nothing else.\n"
    "One port speaks it all: HTTP for browsers and curl, and bare file names for\n"
    "whatever can open a socket.\n"
    "\n"
    "  -l, --listen [HOST]:PORT   where to listen; may be given several times.\n"
    "                             Default: localhost:6767, this machine alone.\n"
    "                             ':6767' is every interface, '6767' this machine\n"
    "                             alone; port 0 picks a free one\n"
    "      --allow-host NAME      take NAME as Host, too; may be given several times.\n"
    "                             Default: while only this machine can connect, names\n"
    "                             that lead here; otherwise any\n"
    "      --hidden               serve names that begin with a dot, too\n"
    "      --index                serve a folder's index.html in the folder's place\n"
    "      --precompressed        send NAME.br, .zst or .gz for NAME to clients that\n"
    "                             prefer it\n"
    "      --header 'NAME: VALUE' a field for every HTTP answer; may be repeated\n"
    "      --cors ORIGIN          let pages of another site ('*': of any) read what\n"
    "                             is served\n"
    "      --copy                 copy every byte first: see 'man ferry-serve'\n"
    "      --growing              a file that grows while it is sent is a log: send\n"
    "                             what was there at the beginning, whole\n"
    "      --title TEXT           what the listing page calls this place\n"
    "      --readme               show a folder's README.md or README.txt below it\n"
    "      --mime-types FILE      types by extension, before the built-in ones and\n"
    "                             those of the system's /etc/mime.types\n"
    "      --threads N            loops; default: one for each processor\n"
    "      --pin                  each loop stays on a processor of its own and takes\n"
    "                             the clients whose packets arrive there\n"
    "      --max-clients N        connections at once; more wait. Default: no limit\n"
    "      --max-memory SIZE      what all clients may hold of memory, as in 512M;\n"
    "                             then who takes nothing goes first. Default: half\n"
    "                             of what there is\n"
    "      --drain SECONDS        how long a stopping server lets downloads finish;\n"
    "                             default: 30\n"
    "      --log FILE             write a line for each answer to FILE, or to stdout\n"
    "                             with '-'; SIGHUP opens FILE again, for logrotate\n"
    "      --log-format FORMAT    'combined' (default), as other web servers write\n"
    "                             it, or 'json'\n"
    "  -q, --quiet                say nothing but errors on stderr; without it and\n"
    "                             --log a terminal shows a short line for each answer\n"
    "  -v, --verbose              say more on stderr\n"
    "  -h, --help                 this text\n"
    "\n"
    "examples:\n"
    "  ferry serve                          this folder, for this machine alone\n"
    "  ferry serve --listen :6767 ~/pub     ~/pub, for everybody on the network\n"
    "  ferry serve -l :8080 photo.jpg       that one photo\n"
    "\n"
    "and then, on the other machine, any of\n"
    "  ferry get HOST/NAME\n"
    "  curl -O http://HOST:6767/NAME\n"
    "  printf 'NAME\\n' | nc HOST 6767\n"
    "  http://HOST:6767/ in a browser\n"
    "\n"
    "Once it can accept, it prints 'listening on ADDRESS:PORT', a line for each\n"
    "address, on stdout. Ctrl-C (or SIGTERM) lets what runs finish; a second one\n"
    "stops at once.\n"
    "\n"
    "exit status: 0 stopped in good order, 1 it cannot serve or listen, 2 wrong usage\n";

enum {
    OPTION_ALLOW_HOST = 256,
    OPTION_HIDDEN,
    OPTION_INDEX,
    OPTION_PRECOMPRESSED,
    OPTION_HEADER,
    OPTION_CORS,
    OPTION_COPY,
    OPTION_GROWING,
    OPTION_TITLE,
    OPTION_README,
    OPTION_MIME_TYPES,
    OPTION_THREADS,
    OPTION_PIN,
    OPTION_MAX_CLIENTS,
    OPTION_MAX_MEMORY,
    OPTION_DRAIN,
    OPTION_LOG,
    OPTION_LOG_FORMAT,
};

static const struct option options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"allow-host", required_argument, NULL, OPTION_ALLOW_HOST},
    {"hidden", no_argument, NULL, OPTION_HIDDEN},
    {"index", no_argument, NULL, OPTION_INDEX},
    {"precompressed", no_argument, NULL, OPTION_PRECOMPRESSED},
    {"header", required_argument, NULL, OPTION_HEADER},
    {"cors", required_argument, NULL, OPTION_CORS},
    {"copy", no_argument, NULL, OPTION_COPY},
    {"growing", no_argument, NULL, OPTION_GROWING},
    {"title", required_argument, NULL, OPTION_TITLE},
    {"readme", no_argument, NULL, OPTION_README},
    {"mime-types", required_argument, NULL, OPTION_MIME_TYPES},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"pin", no_argument, NULL, OPTION_PIN},
    {"max-clients", required_argument, NULL, OPTION_MAX_CLIENTS},
    {"max-memory", required_argument, NULL, OPTION_MAX_MEMORY},
    {"drain", required_argument, NULL, OPTION_DRAIN},
    {"log", required_argument, NULL, OPTION_LOG},
    {"log-format", required_argument, NULL, OPTION_LOG_FORMAT},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool read_log_format(const char *text, enum access_format *ret)
{
    if (slice_eq(slice_of(text), SLICE("combined")))
        *ret = ACCESS_COMBINED;
    else if (slice_eq(slice_of(text), SLICE("json")))
        *ret = ACCESS_JSON;
    else
        return false;
    return true;
}

static int serve(int argc, char **argv, struct buf *fields)
{
    struct err e;
    const char *listen[PORTS_MAX] = {"localhost:6767"}, *allow_hosts[HOSTS_MAX];
    struct server_config config = {
        .path = ".",
        .listen = listen,
        .allow_hosts = allow_hosts,
        .threads = limits_processors(),
        .drain_seconds = 30,
    };
    const char *log_format = NULL, *cors = NULL;
    uint64_t number;
    int option;
    while ((option = command_option(argc, argv, "l:qvh", options, &command_serve)) != -1) {
        switch (option) {
        case 'l':
            if (config.listen_count == PORTS_MAX)
                return command_usage(&command_serve, "--listen may be given %d times", PORTS_MAX);
            listen[config.listen_count++] = optarg;
            break;
        case OPTION_ALLOW_HOST:
            if (config.allow_host_count == HOSTS_MAX)
                return command_usage(&command_serve, "--allow-host may be given %d times", HOSTS_MAX);
            if (!hosts_word_ok(slice_of(optarg)))
                return command_usage(&command_serve,
                                     "--allow-host wants a name or an address without a port, not '%s'",
                                     escape(slice_of(optarg)).text);
            allow_hosts[config.allow_host_count++] = optarg;
            break;
        case OPTION_HIDDEN:
            config.hidden = true;
            break;
        case OPTION_INDEX:
            config.index = true;
            break;
        case OPTION_PRECOMPRESSED:
            config.precompressed = true;
            break;
        case OPTION_HEADER:
            if (fields_add_header(fields, optarg, &e) != STATUS_DONE)
                return command_usage(&command_serve, "%s", e.text);
            break;
        case OPTION_CORS:
            if (config.cors)
                return command_usage(&command_serve, "--cors may be given once");
            cors = optarg;
            config.cors = true;
            break;
        case OPTION_COPY:
            config.copy = true;
            break;
        case OPTION_GROWING:
            config.growing = true;
            break;
        case OPTION_TITLE:
            config.look.title = optarg;
            break;
        case OPTION_README:
            config.look.readme = true;
            break;
        case OPTION_MIME_TYPES:
            config.mime_types = optarg;
            break;
        case OPTION_THREADS:
            if (!command_number(&command_serve, "--threads", optarg, 1, 1024, &number))
                return STATUS_USAGE;
            config.threads = (unsigned)number;
            break;
        case OPTION_PIN:
            config.pin = true;
            break;
        case OPTION_MAX_CLIENTS:
            if (!command_number(&command_serve, "--max-clients", optarg, 1, 100000000, &number))
                return STATUS_USAGE;
            config.max_clients = (unsigned)number;
            break;
        case OPTION_MAX_MEMORY:
            if (!command_size(&command_serve, "--max-memory", optarg, &config.max_memory))
                return STATUS_USAGE;
            break;
        case OPTION_DRAIN:
            if (!command_number(&command_serve, "--drain", optarg, 0, 86400, &number))
                return STATUS_USAGE;
            config.drain_seconds = (unsigned)number;
            break;
        case OPTION_LOG:
            config.log = optarg;
            break;
        case OPTION_LOG_FORMAT:
            log_format = optarg;
            break;
        case 'q':
            config.quiet = true;
            break;
        case 'v':
            log_verbose = true;
            break;
        default:
            return STATUS_USAGE;
        }
    }
    if (cors && fields_add_cors(fields, cors, &e) != STATUS_DONE)
        return command_usage(&command_serve, "%s", e.text);
    if (log_format && !read_log_format(log_format, &config.log_format))
        return command_usage(&command_serve, "--log-format is combined or json, not '%s'",
                             escape(slice_of(log_format)).text);
    if (log_format && !config.log)
        return command_usage(&command_serve, "--log-format says how --log writes, which is not given");
    if (config.pin && config.threads > limits_processors())
        return command_usage(&command_serve,
                             "--pin gives each loop a processor, and for --threads %u there are %u",
                             config.threads, limits_processors());
    if (argc - optind > 1)
        return command_usage(&command_serve, "one folder or file at a time, and '%s' is a second one%s",
                             escape(slice_of(argv[optind + 1])).text,
                             meant_address(argv[optind + 1]) ? " (a port has --listen in front)" : "");
    if (optind < argc)
        config.path = argv[optind];
    /* Only where there is nothing of that name: a folder may be called 8080. */
    if (meant_address(config.path) && access(config.path, F_OK) < 0 && errno == ENOENT)
        return command_usage(&command_serve, "there is no folder '%s' here; to listen there: --listen %s",
                             escape(slice_of(config.path)).text, escape(slice_of(config.path)).text);
    if (!*config.path)
        return command_usage(&command_serve, "the folder to serve is an empty word ('.' is this folder)");
    if (config.log && slice_eq(slice_of(config.log), SLICE("-")) && command_needs_output() != STATUS_DONE)
        return STATUS_LOCAL_DISK;
    if (config.listen_count == 0)
        config.listen_count = 1;
    config.shown = !config.log && !config.quiet && isatty(STDERR_FILENO);
    if (config.shown)
        config.log_format = ACCESS_SHORT;

    config.fields = buf_slice(fields);
    limits_raise_descriptors();
    enum status status = server_run(&config, &e);
    if (status != STATUS_DONE)
        log_line("%s", e.text);
    return status;
}

static int run(int argc, char **argv)
{
    struct buf fields = buf_new(FIELDS_MAX);
    int status = serve(argc, argv, &fields);
    buf_free(&fields);
    return status;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "serve a folder, or one file",
    .help = help,
    .run = run,
};
