/* `ferry hash`: argv -> options -> the SHA-256 of files. */
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/hash_check.h"
#include "cmd/hash_folder.h"
#include "cmd/hash_run.h"
#include "cmd/hash_tree.h"
#include "cmd/interrupt.h"
#include "content/hash_store.h"
#include "content/metalink_text.h"
#include "content/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fewer than HASH_RUN_JOBS, because each holds the hashes of its pieces, and a descriptor. */
#define METALINK_JOBS 32
/* More than most servers take. */
#define URL_MAX (8 * 1024)
/* With a name, each byte as %XX; and the beginning of an entry, in XML. */
#define WHOLE_URL_MAX (URL_MAX + 3 * PATH_MAX)
#define HEAD_MAX (8 * (WHOLE_URL_MAX + PATH_MAX))

enum {
    HASH_METALINK = 256,
    HASH_URL,
    HASH_MTREE,
    HASH_CHECK_LIST,
    HASH_IN,
    HASH_CACHE,
    HASH_NO_CACHE,
};

static const struct option options[] = {
    {"metalink", no_argument, NULL, HASH_METALINK},
    {"url", required_argument, NULL, HASH_URL},
    {"mtree", required_argument, NULL, HASH_MTREE},
    {"check", required_argument, NULL, HASH_CHECK_LIST},
    {"in", required_argument, NULL, HASH_IN},
    {"hash-cache", required_argument, NULL, HASH_CACHE},
    {"no-hash-cache", no_argument, NULL, HASH_NO_CACHE},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct hashing {
    struct hash_run run;
    bool metalink;
    const char *url;   /* NULL: none */
    const char *mtree; /* a folder; NULL: none */
    const char *check; /* a list; NULL: none */
    const char *in;    /* the folder of its files; NULL: that of the list */
    const char *cache; /* a folder; NULL: none */
    bool cache_given;
    char **files;
    size_t n;
};

static bool ends_in_slash(const char *url)
{
    return *url && url[strlen(url) - 1] == '/';
}

static int read_options(int argc, char **argv, struct hashing *g, char folder[static PATH_MAX])
{
    const struct command *c = &command_hash;
    int option;
    *g = (struct hashing){.cache = hash_folder(folder)};
    while ((option = command_option(argc, argv, "qh", options, c)) != -1) {
        switch (option) {
        case HASH_METALINK:
            g->metalink = true;
            break;
        case HASH_URL:
            g->url = optarg;
            break;
        case HASH_MTREE:
            if (g->mtree)
                return command_usage(c, "--mtree takes one folder, and may be given once");
            g->mtree = optarg;
            break;
        case HASH_CHECK_LIST:
            if (g->check)
                return command_usage(c, "--check takes one list, and may be given once");
            g->check = optarg;
            break;
        case HASH_IN:
            g->in = optarg;
            break;
        case HASH_CACHE:
            g->cache = optarg;
            g->cache_given = true;
            break;
        case HASH_NO_CACHE:
            g->cache = NULL;
            g->cache_given = false;
            break;
        case 'q':
            g->run.quiet = true;
            break;
        default:
            return STATUS_USAGE;
        }
    }
    g->files = argv + optind;
    g->n = (size_t)(argc - optind);
    if ((g->check != NULL) + (g->mtree != NULL) + g->metalink > 1)
        return command_usage(c, "--metalink, --mtree and --check exclude each other");
    if (g->url && !g->metalink)
        return command_usage(c, "--url needs --metalink");
    if (g->url && strlen(g->url) > URL_MAX)
        return command_usage(c, "--url has at most %d bytes", URL_MAX);
    if (g->url && g->n > 1 && !ends_in_slash(g->url))
        return command_usage(c, "for several FILEs, --url must end in '/': their names come after it");
    if (g->mtree && g->n > 0)
        return command_usage(c, "--mtree takes one folder and no FILE");
    if (g->check && g->n > 0)
        return command_usage(c,
                             "--check takes one list and no FILE (--in DIR names the folder of its files)");
    if (g->check && g->cache_given)
        return command_usage(c, "--check reads every file, and uses no --hash-cache");
    if (g->in && !g->check)
        return command_usage(c, "--in needs --check");
    if (!g->check && !g->mtree && g->n == 0)
        return command_usage(c, "no FILE is given ('-' is the standard input)");
    for (size_t i = 0; i < g->n; i++)
        if (!*g->files[i])
            return command_usage(c, "the name of a FILE is empty");
    return command_needs_output();
}

static bool is_input(const char *name)
{
    return slice_eq(slice_of(name), SLICE("-"));
}

static int open_file(void *context, const char *name, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    (void)context;
    AUTO_CLOSE int fd = is_input(name) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                       : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return -errno;
    *ret_kind = root_fs_kind(fd);
    return TAKE_FD(fd);
}

static bool is_hashed(struct hash_run *r, const struct hash_job *j)
{
    bool is_folder = j->error == 0 && S_ISDIR(j->stat.st_mode);
    return hash_run_is_good(r, j, is_folder ? "it is a folder (try: ferry hash --mtree DIR)" : NULL);
}

static void print_sum(void *context, struct hash_job *j)
{
    struct buf line = buf_new(3 * PATH_MAX);
    if (!is_hashed(context, j))
        return;
    sums_add_line(&line, &j->whole, slice_of(j->name));
    hash_run_print(context, buf_slice(&line));
    buf_free(&line);
}

/* ---- Metalink ---- */

/* A name that leads somewhere else on another machine is shortened to its last part. */
static struct slice public_name(const char *name)
{
    struct slice rest = slice_of(name), part;
    bool leads_away = name[0] == '/';
    while (slice_cut(&rest, '/', &part))
        leads_away |= slice_eq(part, SLICE(".."));
    if (leads_away)
        return slice_of(strrchr(name, '/') + 1);
    for (rest = slice_of(name); slice_starts(rest, SLICE("./"));)
        rest = slice_from(rest, 2);
    return rest;
}

static void add_url(struct buf *out, const struct hashing *g, struct slice name)
{
    if (!g->url)
        return;
    buf_add(out, slice_of(g->url));
    if (ends_in_slash(g->url))
        percent_add(out, name, true);
}

static void print_metalink(void *context, struct hash_job *j)
{
    struct hashing *g = context;
    struct slice name = public_name(j->name);
    if (!is_hashed(&g->run, j))
        return;
    if (!metalink_can_name(name)) {
        hash_run_complain(&g->run, STATUS_FAILED, j->name, "a Metalink cannot have such a name");
        return;
    }
    const struct hash_record *r = hash_record(j->hash);
    struct buf head = buf_new(HEAD_MAX), url = buf_new(WHOLE_URL_MAX);
    char line[METALINK_LINE + 1], tail[METALINK_TAIL_MAX];
    add_url(&url, g, name);
    metalink_add_file(&head, r, name, buf_slice(&url));
    hash_run_print(&g->run, buf_slice(&head));
    for (uint32_t i = 0; i < r->count; i++)
        hash_run_print(&g->run, metalink_line(&r->pieces[i], line));
    hash_run_print(&g->run, metalink_tail(r, &j->whole, tail));
    buf_free(&head);
    buf_free(&url);
}

static void begin_metalink(struct hashing *g)
{
    struct buf text = buf_new(HEAD_MAX);
    metalink_add_head(&text);
    hash_run_print(&g->run, buf_slice(&text));
    buf_free(&text);
}

/* ---- all files ---- */

static void find_total(struct hashing *g)
{
    struct stat st;
    uint64_t total = 0;
    size_t i = 0;
    for (; hash_run_shows(&g->run) && i < g->n && !hash_run_is_late(&g->run); i++)
        if (stat(g->files[i], &st) == 0 && S_ISREG(st.st_mode))
            total += (uint64_t)st.st_size;
    if (i == g->n && total > 0)
        hash_run_total(&g->run, total);
}

static enum status hash_files(struct hashing *g, struct hash_store *store)
{
    struct hash_pool_options o = {
        .store = store,
        .most = g->metalink ? METALINK_JOBS : HASH_RUN_JOBS,
        .open = open_file,
        .done = g->metalink ? print_metalink : print_sum,
    };
    const char *name = g->n == 1 ? g->files[0] : "hashing";
    if (!hash_run_begin(&g->run, name, &o))
        return STATUS_FAILED;
    find_total(g);
    if (g->metalink)
        begin_metalink(g);
    bool goes_on = true;
    for (size_t i = 0; i < g->n && goes_on; i++) {
        struct hash_job job = {.task = g->metalink ? HASH_LISTS : HASH_FILE, .name = strdup(g->files[i])};
        goes_on = job.name && hash_pool_add(g->run.pool, &job);
        if (!job.name)
            hash_run_complain(&g->run, STATUS_FAILED, g->files[i], strerror(ENOMEM));
    }
    if (hash_pool_drain(g->run.pool) && g->metalink)
        hash_run_print(&g->run, METALINK_END);
    return hash_run_end(&g->run);
}

static int run(int argc, char **argv)
{
    struct hashing g;
    struct hash_store *store = NULL;
    struct interrupt interrupt;
    struct err e;
    char folder[PATH_MAX];
    int status = read_options(argc, argv, &g, folder);
    if (status != STATUS_DONE)
        return status;
    if (g.cache && !g.check && hash_store_open(&store, g.cache, HASH_STORE_BYTES, &e) != STATUS_DONE &&
        g.cache_given) {
        log_line("%s", e.text);
        return STATUS_FAILED;
    }
    if (!interrupt_begin(&interrupt, false)) {
        log_line("cannot start: no file descriptor is left (see 'ulimit -n')");
        return STATUS_FAILED;
    }
    struct stop stop = {.fd = interrupt.fd};
    g.run.stop = &stop;
    status = (int)(g.check   ? hash_check(&g.run, g.check, g.in)
                   : g.mtree ? hash_tree(&g.run, store, g.mtree)
                             : hash_files(&g, store));
    interrupt_end(&interrupt);
    hash_store_close(store);
    return status;
}

const struct command command_hash = {
    .name = "hash",
    .summary = "compute or check the SHA-256 of files",
    .run = run,
    .help = "usage: ferry hash [OPTIONS] FILE...\n"
            "       ferry hash [OPTIONS] --metalink [--url URL] FILE...\n"
            "       ferry hash [OPTIONS] --mtree DIR\n"
            "       ferry hash [OPTIONS] --check LIST\n"
            "\n"
            "Prints the SHA-256 of files, as sha256sum does, on all processors. Hashes are\n"
            "kept: a file that has not changed since is not read again, neither here nor by\n"
            "ferry serve. With --check it reads all files that LIST names, and prints a line\n"
            "for each that is wrong, missing or unreadable.\n"
            "\n"
            "      --metalink        print a Metalink 4 instead: of each FILE its length, and\n"
            "                        the SHA-256 of each piece and of the whole\n"
            "      --url URL         where FILE can be fetched, or, with a / at its end, the\n"
            "                        place of all FILEs\n"
            "      --mtree DIR       list DIR with everything below it, as mtree(5)\n"
            "      --check LIST      a Metalink 4, mtree or SHA256SUMS, of any name; - is the\n"
            "                        standard input\n"
            "      --in DIR          the folder of the files that LIST names; it never leads\n"
            "                        outside. Default: the folder that LIST is in\n"
            "      --hash-cache DIR  keep hashes in DIR. Default: ~/.cache/ferry/hashes\n"
            "      --no-hash-cache   read every file, and keep nothing\n"
            "  -q, --quiet           print no progress bar, and no sum of a check\n"
            "  -h, --help            print this text\n"
            "\n"
            "examples:\n"
            "  ferry hash *.iso > SHA256SUMS         for others to check\n"
            "  ferry hash --mtree ~/pub > pub.mtree  for others to check, or for later\n"
            "  ferry hash --check SHA256SUMS         are these files as they were?\n"
            "  ferry hash --check debian.iso.meta4   which pieces are wrong?\n"
            "\n"
            "exit status: 0 done, all is right; 1 another error; 2 wrong usage; 3 no such\n"
            "file; 4 not allowed; 6 a file is not what LIST says; 7 a file could not be\n"
            "read, or the output not be written\n",
};
