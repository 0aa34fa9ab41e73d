/* `ferry serve`: argv -> options -> one call. */
#include "base/log.h"
#include "base/text.h"
#include "cmd/announce.h"
#include "cmd/command.h"
#include "cmd/hash_folder.h"
#include "cmd/meant.h"
#include "cmd/stray.h"
#include "server/server.h"
#include "site/fields.h"
#include "sys/limits.h"

#include <errno.h>
#include <unistd.h>

static const char help[] =
    "usage: ferry serve [OPTIONS] [DIR | FILE]\n"
    "\n"
    "Serves a folder (by default the current one), or one file and nothing else.\n"
    "The same port answers HTTP (browsers, curl, ferry get) and bare file names, for\n"
    "any program that can open a socket. Clients can only read. There is no\n"
    "encryption and no password: whoever can connect can read everything served.\n"
    "\n"
    "  -l, --listen [HOST]:PORT   address to listen on; may be repeated. ':6767' is\n"
    "                             every interface, '6767' this machine only, port 0\n"
    "                             any free port. Default: localhost:6767\n"
    "      --allow-host NAME      answer HTTP requests whose Host is NAME; may be\n"
    "                             repeated. Default: names of this machine while only\n"
    "                             this machine can connect, otherwise any name\n"
    "      --hidden               also serve names that begin with a dot\n"
    "      --index                serve a folder's index.html instead of its listing\n"
    "      --precompressed        send NAME.br, .zst or .gz in place of NAME to\n"
    "                             clients that prefer it\n"
    "      --header 'NAME: VALUE' add a field to every HTTP answer; may be repeated\n"
    "      --cors ORIGIN          let web pages of ORIGIN ('*': any site) read what\n"
    "                             is served\n"
    "      --copy                 copy file contents into memory before sending them;\n"
    "                             'man ferry-serve' says when that is useful\n"
    "      --growing              a file that grows while it is sent is a log: send\n"
    "                             what was there at the time of the request\n"
    "      --title TEXT           name of the served folder on the listing page\n"
    "      --readme               show a folder's README.md or README.txt below its\n"
    "                             listing\n"
    "      --mime-types FILE      content types by file extension; they precede the\n"
    "                             built-in ones and replace /etc/mime.types\n"
    "      --hash-cache DIR       keep computed hashes of files in DIR. Default:\n"
    "                             ~/.cache/ferry/hashes\n"
    "      --no-hash-cache        keep them in memory only\n"
    "      --threads N            number of event loops. Default: one a processor\n"
    "      --pin                  each loop stays on a processor of its own and takes\n"
    "                             the clients whose packets arrive there, also if\n"
    "                             these are most; otherwise it shares them\n"
    "      --max-clients N        connections at the same time; further clients wait.\n"
    "                             Default: no limit\n"
    "      --max-memory SIZE      memory for all clients together, such as 512M; when\n"
    "                             it is used up, the longest idle are disconnected.\n"
    "                             Default: half of the memory available\n"
    "      --drain SECONDS        time that running downloads get when the server\n"
    "                             stops. Default: 30\n"
    "      --log FILE             write an access log, a line for each answer; '-' is\n"
    "                             stdout. SIGHUP opens FILE again, for logrotate\n"
    "      --log-format FORMAT    'combined' (default), as Apache and nginx write it,\n"
    "                             or 'json'\n"
    "  -q, --quiet                print only errors. Without -q and --log a terminal\n"
    "                             shows a short line for each answer\n"
    "  -v, --verbose              print more on stderr\n"
    "  -h, --help                 print this text\n"
    "\n"
    "examples:\n"
    "  ferry serve                          the current folder, for this machine only\n"
    "  ferry serve --listen :6767 ~/pub     ~/pub, for the whole network\n"
    "  ferry serve -l :8080 photo.jpg       only this photo\n"
    "\n"
    "To fetch a file on another machine, use any of\n"
    "  ferry get HOST/NAME\n"
    "  curl -O http://HOST:6767/NAME\n"
    "  printf 'NAME\\n' | nc HOST 6767\n"
    "  http://HOST:6767/ in a browser\n"
    "\n"
    "Once clients can connect, it prints 'listening on ADDRESS:PORT' on stdout, one\n"
    "line for each address. Ctrl-C (or SIGTERM) stops it after the downloads that are\n"
    "running, a second Ctrl-C at once.\n"
    "\n"
    "exit status: 0 stopped as told; 1 cannot serve or listen, or stopped at once;\n"
    "2 wrong usage\n";

enum {
    SERVE_ALLOW_HOST = 256,
    SERVE_HIDDEN,
    SERVE_INDEX,
    SERVE_PRECOMPRESSED,
    SERVE_HEADER,
    SERVE_CORS,
    SERVE_COPY,
    SERVE_GROWING,
    SERVE_TITLE,
    SERVE_README,
    SERVE_MIME_TYPES,
    SERVE_HASH_CACHE,
    SERVE_NO_HASH_CACHE,
    SERVE_THREADS,
    SERVE_PIN,
    SERVE_MAX_CLIENTS,
    SERVE_MAX_MEMORY,
    SERVE_DRAIN,
    SERVE_LOG,
    SERVE_LOG_FORMAT,
};

static const struct option options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"allow-host", required_argument, NULL, SERVE_ALLOW_HOST},
    {"hidden", no_argument, NULL, SERVE_HIDDEN},
    {"index", no_argument, NULL, SERVE_INDEX},
    {"precompressed", no_argument, NULL, SERVE_PRECOMPRESSED},
    {"header", required_argument, NULL, SERVE_HEADER},
    {"cors", required_argument, NULL, SERVE_CORS},
    {"copy", no_argument, NULL, SERVE_COPY},
    {"growing", no_argument, NULL, SERVE_GROWING},
    {"title", required_argument, NULL, SERVE_TITLE},
    {"readme", no_argument, NULL, SERVE_README},
    {"mime-types", required_argument, NULL, SERVE_MIME_TYPES},
    {"hash-cache", required_argument, NULL, SERVE_HASH_CACHE},
    {"no-hash-cache", no_argument, NULL, SERVE_NO_HASH_CACHE},
    {"threads", required_argument, NULL, SERVE_THREADS},
    {"pin", no_argument, NULL, SERVE_PIN},
    {"max-clients", required_argument, NULL, SERVE_MAX_CLIENTS},
    {"max-memory", required_argument, NULL, SERVE_MAX_MEMORY},
    {"drain", required_argument, NULL, SERVE_DRAIN},
    {"log", required_argument, NULL, SERVE_LOG},
    {"log-format", required_argument, NULL, SERVE_LOG_FORMAT},
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

static void on_listening(const struct server_config *config, const struct address *at, unsigned n)
{
    announce_server(at, n, config->quiet);
}

static int serve(int argc, char **argv, struct buf *fields)
{
    struct err e;
    const char *listen[PORTS_MAX] = {"localhost:6767"}, *allow_hosts[HOSTS_MAX];
    struct server_config config = {
        .site.path = ".",
        .listen = listen,
        .site.allow_hosts = allow_hosts,
        .threads = limits_processors(),
        .drain_seconds = 30,
        .log_fd = -1,
        .listening = on_listening,
    };
    const char *log_format = NULL, *cors = NULL;
    char folder[PATH_MAX];
    config.site.hash_cache = hash_folder(folder);
    uint64_t number;
    int option;
    while ((option = command_option(argc, argv, "l:qvh", options, &command_serve)) != -1) {
        switch (option) {
        case 'l':
            if (config.listen_count == PORTS_MAX)
                return command_usage(&command_serve, "--listen may be given at most %d times", PORTS_MAX);
            listen[config.listen_count++] = optarg;
            break;
        case SERVE_ALLOW_HOST:
            if (config.site.allow_host_count == HOSTS_MAX)
                return command_usage(&command_serve, "--allow-host may be given at most %d times", HOSTS_MAX);
            if (!hosts_word_ok(slice_of(optarg)))
                return command_usage(&command_serve,
                                     "--allow-host takes a name or an address without a port, not '%s'",
                                     escape(slice_of(optarg)).text);
            allow_hosts[config.site.allow_host_count++] = optarg;
            break;
        case SERVE_HIDDEN:
            config.site.hidden = true;
            break;
        case SERVE_INDEX:
            config.site.index = true;
            break;
        case SERVE_PRECOMPRESSED:
            config.site.precompressed = true;
            break;
        case SERVE_HEADER:
            if (fields_add_header(fields, optarg, &e) != STATUS_DONE)
                return command_usage(&command_serve, "%s", e.text);
            break;
        case SERVE_CORS:
            if (config.site.cors)
                return command_usage(&command_serve, "--cors may be given once");
            cors = optarg;
            config.site.cors = true;
            break;
        case SERVE_COPY:
            config.site.copy = true;
            break;
        case SERVE_GROWING:
            config.site.growing = true;
            break;
        case SERVE_TITLE:
            config.site.look.title = optarg;
            break;
        case SERVE_README:
            config.site.look.readme = true;
            break;
        case SERVE_MIME_TYPES:
            config.site.mime_types = optarg;
            break;
        case SERVE_HASH_CACHE:
            config.site.hash_cache = optarg;
            config.site.hash_cache_given = true;
            break;
        case SERVE_NO_HASH_CACHE:
            config.site.hash_cache = NULL;
            config.site.hash_cache_given = false;
            break;
        case SERVE_THREADS:
            if (!command_number(&command_serve, "--threads", optarg, 1, 1024, &number))
                return STATUS_USAGE;
            config.threads = (unsigned)number;
            break;
        case SERVE_PIN:
            config.pin = true;
            break;
        case SERVE_MAX_CLIENTS:
            if (!command_number(&command_serve, "--max-clients", optarg, 1, 100000000, &number))
                return STATUS_USAGE;
            config.max_clients = (unsigned)number;
            break;
        case SERVE_MAX_MEMORY:
            if (!command_size(&command_serve, "--max-memory", optarg, &config.max_memory))
                return STATUS_USAGE;
            break;
        case SERVE_DRAIN:
            if (!command_number(&command_serve, "--drain", optarg, 0, 86400, &number))
                return STATUS_USAGE;
            config.drain_seconds = (unsigned)number;
            break;
        case SERVE_LOG:
            config.log = optarg;
            break;
        case SERVE_LOG_FORMAT:
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
        return command_usage(&command_serve, "--log-format takes combined or json, not '%s'",
                             escape(slice_of(log_format)).text);
    if (log_format && !config.log)
        return command_usage(&command_serve, "--log-format needs --log FILE");
    if (config.pin && config.threads > limits_processors())
        return command_usage(&command_serve,
                             "--pin needs a processor for each loop: --threads is %u, processors are %u",
                             config.threads, limits_processors());
    if (argc - optind > 1)
        return command_usage(&command_serve, "it serves one folder or file, and '%s' is a second one%s",
                             escape(slice_of(argv[optind + 1])).text,
                             meant_address(argv[optind + 1]) ? " (write --listen in front of a port)" : "");
    if (optind < argc)
        config.site.path = argv[optind];
    /* A folder may be called 8080, so this is only an error if it does not exist. */
    if (meant_address(config.site.path) && access(config.site.path, F_OK) < 0 && errno == ENOENT)
        return command_usage(
            &command_serve, "there is no folder '%s' (to listen on that address: --listen %s)",
            escape(slice_of(config.site.path)).text, escape(slice_of(config.site.path)).text);
    if (!*config.site.path)
        return command_usage(&command_serve, "the name of the folder to serve is empty ('.' is this folder)");
    if (config.log && slice_eq(slice_of(config.log), SLICE("-"))) {
        if (command_needs_output() != STATUS_DONE)
            return STATUS_LOCAL_DISK;
        config.log = NULL;
        config.log_fd = STDOUT_FILENO;
    } else if (!config.log && !config.quiet && isatty(STDERR_FILENO)) {
        config.log_fd = STDERR_FILENO;
        config.log_format = ACCESS_SHORT;
    }
    if (config.listen_count == 0)
        config.listen_count = 1;
    config.site.fields = buf_slice(fields);
    limits_raise_descriptors();
    stray_signals_ignore();
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
    .summary = "serve a folder or one file to other machines",
    .help = help,
    .run = run,
};
