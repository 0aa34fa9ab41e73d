/* `ferry hash`: argv -> options -> the SHA-256 of files. */
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/hash_check.h"
#include "cmd/hash_folder.h"
#include "cmd/hash_run.h"
#include "cmd/interrupt.h"
#include "content/hash_store.h"
#include "content/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files at a time, so that a large one does not hold up those after it. */
#define JOBS 1024

enum {
    HASH_CHECK_LIST = 256,
    HASH_IN,
    HASH_CACHE,
    HASH_NO_CACHE,
};

static const struct option options[] = {
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
    const char *check; /* a list; NULL: none */
    const char *in;    /* the folder of its files; NULL: that of the list */
    const char *cache; /* a folder; NULL: none */
    bool cache_given;
    char **files;
    size_t n;
};

static int read_options(int argc, char **argv, struct hashing *g, char folder[static PATH_MAX])
{
    const struct command *c = &command_hash;
    int option;
    *g = (struct hashing){.cache = hash_folder(folder)};
    while ((option = command_option(argc, argv, "qh", options, c)) != -1) {
        switch (option) {
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
    if (g->check && g->n > 0)
        return command_usage(c,
                             "--check takes one list and no FILE (--in DIR names the folder of its files)");
    if (g->check && g->cache_given)
        return command_usage(c, "--check reads every file, and uses no --hash-cache");
    if (g->in && !g->check)
        return command_usage(c, "--in needs --check");
    if (!g->check && g->n == 0)
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

/* True if it has a hash; otherwise the reason is printed. */
static bool is_hashed(struct hash_run *r, const struct hash_job *j)
{
    if (j->error < 0)
        hash_run_complain(r, hash_run_status_of(j->error), j->name, strerror(-j->error));
    else if (S_ISDIR(j->stat.st_mode))
        hash_run_complain(r, STATUS_FAILED, j->name, "it is a folder");
    else if (j->broken)
        hash_run_complain(r, STATUS_LOCAL_DISK, j->name, j->broken);
    return j->is_whole;
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
    struct hash_pool_options o = {.store = store, .most = JOBS, .open = open_file, .done = print_sum};
    const char *name = g->n == 1 ? g->files[0] : "hashing";
    if (!hash_run_begin(&g->run, name, &o))
        return STATUS_FAILED;
    find_total(g);
    bool goes_on = true;
    for (size_t i = 0; i < g->n && goes_on; i++) {
        struct hash_job job = {.task = HASH_FILE, .name = strdup(g->files[i])};
        goes_on = job.name && hash_pool_add(g->run.pool, &job);
        if (!job.name)
            hash_run_complain(&g->run, STATUS_FAILED, g->files[i], strerror(ENOMEM));
    }
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
    status = (int)(g.check ? hash_check(&g.run, g.check, g.in) : hash_files(&g, store));
    interrupt_end(&interrupt);
    hash_store_close(store);
    return status;
}

const struct command command_hash = {
    .name = "hash",
    .summary = "compute or check the SHA-256 of files",
    .run = run,
    .help = "usage: ferry hash [OPTIONS] FILE...\n"
            "       ferry hash [OPTIONS] --check LIST\n"
            "\n"
            "Prints the SHA-256 of files, as sha256sum does, on all processors. Hashes are\n"
            "kept: a file that has not changed since is not read again, neither here nor by\n"
            "ferry serve. With --check it reads all files that LIST names, and prints a line\n"
            "for each that is wrong, missing or unreadable.\n"
            "\n"
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
            "  ferry hash --check SHA256SUMS         are these files as they were?\n"
            "  ferry hash --check debian.iso.meta4   which pieces are wrong?\n"
            "\n"
            "exit status: 0 done, all is right; 1 another error; 2 wrong usage; 3 no such\n"
            "file; 4 not allowed; 6 a file is not what LIST says; 7 a file could not be\n"
            "read, or the output not be written\n",
};
