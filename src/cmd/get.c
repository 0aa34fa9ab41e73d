/* `ferry get`: argv -> options -> transfers. */
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "client/list_file.h"
#include "client/lossy.h"
#include "client/transfer.h"
#include "client/tree.h"
#include "cmd/bar.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GET_RETRIES = 256,
    GET_TIMEOUT,
    GET_CACERT,
    GET_ALLOW_HTTP,
    GET_JSON,
    GET_SHA256,
    GET_REQUIRE_VERIFIED,
    GET_CHECKSUM,
    GET_INCLUDE,
    GET_EXCLUDE,
    GET_DRY_RUN,
    GET_DELETE,
};

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"directory", required_argument, NULL, 'd'},
    {"input", required_argument, NULL, 'i'},
    {"recursive", no_argument, NULL, 'r'},
    {"force", no_argument, NULL, 'f'},
    {"quiet", no_argument, NULL, 'q'},
    {"insecure", no_argument, NULL, 'k'},
    {"retries", required_argument, NULL, GET_RETRIES},
    {"timeout", required_argument, NULL, GET_TIMEOUT},
    {"cacert", required_argument, NULL, GET_CACERT},
    {"allow-http", no_argument, NULL, GET_ALLOW_HTTP},
    {"json", no_argument, NULL, GET_JSON},
    {"sha256", required_argument, NULL, GET_SHA256},
    {"require-verified", no_argument, NULL, GET_REQUIRE_VERIFIED},
    {"checksum", no_argument, NULL, GET_CHECKSUM},
    {"include", required_argument, NULL, GET_INCLUDE},
    {"exclude", required_argument, NULL, GET_EXCLUDE},
    {"dry-run", no_argument, NULL, GET_DRY_RUN},
    {"delete", no_argument, NULL, GET_DELETE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct get {
    struct transfer_options o;
    bool json;
    bool recursive;
    struct tree_options tree;
    int unprinted;    /* STATUS_LOCAL_DISK: an event could not be printed */
    const char *list; /* a file with more sources; NULL: none */
    char **sources;
    int n;
};

/* Returns STATUS_DONE, or prints a message and returns the exit status. */
static int read_options(int argc, char **argv, struct get *g, const char **patterns)
{
    const struct command *c = &command_get;
    uint64_t number;
    int option;
    *g = (struct get){.o = {.out_fd = STDOUT_FILENO, .retries = 5, .net = {.timeout_s = 60}}};
    g->tree.filter = (struct filter){.include = patterns, .exclude = patterns + argc};
    while ((option = command_option(argc, argv, "o:d:i:rfqkh", options, c)) != -1) {
        switch (option) {
        case 'o':
            g->o.out = optarg;
            break;
        case 'd':
            g->o.dir = optarg;
            break;
        case 'i':
            if (g->list)
                return command_usage(c, "-i may be given once");
            g->list = optarg;
            break;
        case 'r':
            g->recursive = true;
            break;
        case 'f':
            g->o.force = true;
            break;
        case 'q':
            g->o.quiet = true;
            break;
        case 'k':
            g->o.net.insecure = true;
            break;
        case GET_RETRIES:
            if (!command_number(c, "--retries", optarg, 0, 1000000, &number))
                return STATUS_USAGE;
            g->o.retries = (unsigned)number;
            break;
        case GET_TIMEOUT:
            if (!command_number(c, "--timeout", optarg, 1, 86400, &number))
                return STATUS_USAGE;
            g->o.net.timeout_s = (unsigned)number;
            break;
        case GET_ALLOW_HTTP:
            g->o.net.allow_http = true;
            break;
        case GET_CACERT:
            g->o.net.cacert = optarg;
            break;
        case GET_JSON:
            g->json = true;
            break;
        case GET_SHA256:
            if (!sha256_from_hex(slice_of(optarg), &g->o.verify.sha256))
                return command_usage(c, "--sha256 needs 64 hexadecimal digits");
            g->o.verify.given = true;
            g->o.verify.by = "--sha256 has it";
            break;
        case GET_REQUIRE_VERIFIED:
            g->o.verify.required = true;
            break;
        case GET_CHECKSUM:
            g->tree.checksum = true;
            break;
        case GET_INCLUDE:
            g->tree.filter.include[g->tree.filter.n_include++] = optarg;
            break;
        case GET_EXCLUDE:
            g->tree.filter.exclude[g->tree.filter.n_exclude++] = optarg;
            break;
        case GET_DRY_RUN:
            g->tree.dry_run = true;
            break;
        case GET_DELETE:
            g->tree.remove = true;
            break;
        default:
            return STATUS_USAGE;
        }
    }
    g->sources = argv + optind;
    g->n = argc - optind;
    if (g->n == 0 && !g->list)
        return command_usage(c, "no SOURCE is given (try: ferry get nas:6767/iso/debian.iso)");
    if (g->list && g->o.out)
        return command_usage(c, "-o names one file, -i lists several (-d names a folder for all)");
    if (g->n > 1 && g->o.out)
        return command_usage(c, "-o names one file, but %d are to be fetched (-d names a folder for all)",
                             g->n);
    if (g->o.verify.given && (g->n > 1 || g->list))
        return command_usage(c, "--sha256 is of one file, but several are to be fetched");
    bool of_trees = g->tree.checksum || g->tree.dry_run || g->tree.remove || g->tree.filter.n_include > 0 ||
                    g->tree.filter.n_exclude > 0;
    if (of_trees && !g->recursive)
        return command_usage(
            c, "--checksum, --include, --exclude, --dry-run and --delete are for folders: add -r");
    if (g->recursive && g->o.verify.given)
        return command_usage(c, "--sha256 is of one file, and -r fetches a folder");
    bool to_stdout = g->o.out && slice_eq(slice_of(g->o.out), SLICE("-"));
    if (g->json && to_stdout)
        return command_usage(c, "--json and -o - would both write to the standard output");
    if (g->recursive && to_stdout)
        return command_usage(c, "-r saves many files, and -o - is the standard output (-o names a folder)");
    return g->json || to_stdout || g->tree.dry_run ? command_needs_output() : STATUS_DONE;
}

/* JSON null for an empty text. */
static json_t *text_or_null(const char *text)
{
    return text[0] ? exact_string(slice_of(text)) : json_null();
}

/* Takes j. */
static int put_json(json_t *j)
{
    /* ASCII only, so that nothing can move a terminal's cursor. Ten digits: 0.1 stays 0.1. */
    int bad = j ? json_dumpf(j, stdout, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10)) : -1;
    json_decref(j);
    if (bad || putchar('\n') == EOF || fflush(stdout) != 0) {
        log_line("cannot write to the standard output: %s", strerror(errno));
        return STATUS_LOCAL_DISK;
    }
    return STATUS_DONE;
}

static int print_json(const char *source, const struct transfer_result *r)
{
    json_t *j = json_pack("{s:o, s:o, s:I, s:f, s:I, s:o, s:I, s:I, s:i, s:o}", "source",
                          text_or_null(source), "name", text_or_null(r->name), "bytes", (json_int_t)r->bytes,
                          "seconds", (double)r->ms / 1000, "resumed_from", (json_int_t)r->resumed_from,
                          "verified", text_or_null(r->proved == PROVED_NOTHING ? "" : "sha-256"), "pieces",
                          (json_int_t)r->pieces, "fetched_again", (json_int_t)r->again, "status",
                          (int)r->status, "error", text_or_null(r->status == STATUS_DONE ? "" : r->err.text));
    return put_json(j);
}

static const char *word_of(enum tally_kind kind, bool would)
{
    switch (kind) {
    case TALLY_FETCHED:
        return would ? "fetch" : "fetched";
    case TALLY_REPLACED:
        return would ? "replace" : "replaced";
    case TALLY_REMOVED:
        return would ? "remove" : "removed";
    case TALLY_KEPT:
        return "kept";
    case TALLY_REFUSED:
        return "refused";
    case TALLY_FAILED:
        break;
    }
    return "failed";
}

/* What became of a path of a tree: JSON, or in a dry run a line. */
static void on_tree_event(void *arg, const struct tally_event *v)
{
    struct get *g = arg;
    const char *word = word_of(v->kind, v->would);
    if (!g->json) {
        bool told =
            v->would && (v->kind == TALLY_FETCHED || v->kind == TALLY_REPLACED || v->kind == TALLY_REMOVED);
        if (told && printf("%s %s\n", word, escape(slice_of(v->path)).text) < 0)
            g->unprinted = STATUS_LOCAL_DISK;
        return;
    }
    json_t *j =
        json_pack("{s:s, s:o, s:I, s:o, s:i, s:o}", "event", word, "name", exact_string(slice_of(v->path)),
                  "bytes", (json_int_t)v->bytes, "verified", text_or_null(v->verified ? "sha-256" : ""),
                  "status", (int)v->status, "error", text_or_null(v->error ? v->error : ""));
    int printed = put_json(j);
    g->unprinted = g->unprinted ? g->unprinted : printed;
}

static int print_tree_json(const char *source, const struct tree_result *r)
{
    return put_json(json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:i, s:o}", "event",
        "tree", "source", text_or_null(source), "name", text_or_null(r->name), "files", (json_int_t)r->files,
        "bytes", (json_int_t)r->bytes, "here", (json_int_t)r->here, "fetched", (json_int_t)r->fetched,
        "fetched_bytes", (json_int_t)r->fetched_bytes, "verified", (json_int_t)r->verified, "removed",
        (json_int_t)r->removed, "kept", (json_int_t)r->kept, "refused", (json_int_t)r->refused, "failed",
        (json_int_t)r->failed, "left", (json_int_t)r->left, "unhashed", (json_int_t)r->unhashed, "seconds",
        (double)r->ms / 1000, "status", (int)r->status, "error", text_or_null(r->err.text)));
}

/* Whether SOURCE is to be fetched as a folder. */
static bool is_tree(const struct get *g, const struct remote *remote)
{
    if (g->recursive)
        return true;
    /* With a URL and -o, saving the page may be intended; and no folder fits into the standard output. */
    return remote->scheme == SCHEME_HTTP && remote->named == NAMED_FOLDER &&
           !(g->o.out && !remote->literal) && !(g->o.out && slice_eq(slice_of(g->o.out), SLICE("-")));
}

static int one_tree(struct get *g, struct remote *remote, struct http *http, struct stop *stop,
                    struct progress *progress)
{
    struct tree_result r = {.status = STATUS_DONE};
    if (remote->scheme == SCHEME_PLAIN)
        r.status = err_set(&r.err, STATUS_USAGE,
                           "%s: the plain dialect has no list of a folder with sizes and times "
                           "(-r needs HTTP)",
                           escape(slice_of(remote->shown)).text);
    else if (!tree_name_folder(remote))
        r.status = err_set(&r.err, STATUS_USAGE,
                           "%s cannot be a folder: -r needs HOST/DIR/ or a URL without a query",
                           escape(slice_of(remote->shown)).text);
    if (r.status == STATUS_DONE) {
        if (!g->recursive && !g->o.quiet)
            log_line("%s is a folder: fetching all of it", escape(slice_of(remote->shown)).text);
        tree_run(remote, &g->tree, http, stop, progress, &r);
    }
    if (r.err.text[0] && !r.stopped)
        log_line("%s", r.err.text);
    int printed = g->json ? print_tree_json(remote->shown, &r) : STATUS_DONE;
    printed = g->unprinted ? g->unprinted : printed;
    return r.status != STATUS_DONE ? (int)r.status : printed;
}

static int one(struct get *g, const char *text, struct http *http, struct stop *stop,
               struct progress *progress)
{
    struct remote remote;
    struct transfer_result r = {.status = STATUS_DONE};
    AUTO_FREE char *masked = NULL;
    bool secret = true; /* the source may contain a password */
    r.status = remote_parse(text, &remote, &r.err);
    if (r.status == STATUS_DONE && is_tree(g, &remote)) {
        int status = one_tree(g, &remote, http, stop, progress);
        remote_free(&remote);
        return status;
    }
    if (r.status == STATUS_DONE) {
        secret = remote.url && strcmp(remote.url, remote.shown) != 0;
        masked = secret ? strdup(remote.shown) : NULL;
        transfer_run(&remote, &g->o, http, stop, progress, &r);
        remote_free(&remote);
    } else {
        masked = remote_masked(text);
    }
    if (r.status != STATUS_DONE && !r.stopped)
        log_line("%s", r.err.text);
    if (!g->json)
        return r.status;
    int printed = print_json(!secret ? text : masked ? masked : "", &r);
    return r.status != STATUS_DONE ? (int)r.status : printed;
}

/* Fetches all sources, until a signal comes. Returns the first status that is not STATUS_DONE. */
static int each(struct get *g, struct http *http, struct stop *stop, struct progress *progress)
{
    int status = STATUS_DONE;
    for (int i = 0; i < g->n && !stop_asked(stop); i++) {
        int now = one(g, g->sources[i], http, stop, progress);
        status = status == STATUS_DONE ? now : status;
    }
    if (!g->list || stop_asked(stop))
        return status;
    struct list_file list;
    bool from_input = slice_eq(slice_of(g->list), SLICE("-"));
    struct err e;
    enum status listed = list_file_open(&list, g->list, from_input ? STDIN_FILENO : -1, stop, &e);
    for (const char *text; listed == STATUS_DONE && (text = list_file_next(&list, &e));) {
        int now = one(g, text, http, stop, progress);
        status = status == STATUS_DONE ? now : status;
    }
    if (e.status != STATUS_DONE)
        log_line("%s", e.text);
    list_file_close(&list);
    return status == STATUS_DONE ? (int)e.status : status;
}

static int run(int argc, char **argv)
{
    struct get g;
    struct interrupt interrupt;
    struct taken taken = {.tree = NULL};
    /* As many patterns as there may be. */
    AUTO_FREE const char **patterns = calloc((size_t)argc * 2, sizeof *patterns);
    if (!patterns) {
        log_line("cannot start: out of memory");
        return STATUS_FAILED;
    }
    int status = read_options(argc, argv, &g, patterns);
    if (status != STATUS_DONE)
        return status;
    g.tree.o = &g.o;
    g.tree.mask = umask(0);
    umask(g.tree.mask);
    if (g.json || g.tree.dry_run) {
        g.tree.event = on_tree_event;
        g.tree.arg = &g;
    }
    struct err why = {.text = "cannot start: no file descriptor is left (see 'ulimit -n')"};
    bool begun = interrupt_begin(&interrupt, false);
    struct stop stop = {.fd = interrupt.fd};
    struct http *http = begun ? http_new(&g.o.net, &stop, &why) : NULL;
    if (!http) {
        log_line("%s", why.text);
        return STATUS_FAILED;
    }
    g.o.taken = &taken;
    /* No progress bar in the middle of a text that goes to the same terminal. */
    bool text_on_terminal = g.o.out && slice_eq(slice_of(g.o.out), SLICE("-")) && isatty(STDOUT_FILENO);
    struct progress progress = bar_on_stderr(g.o.quiet || text_on_terminal);
    status = each(&g, http, &stop, &progress);
    taken_free(&taken);
    http_free(http);
    interrupt_end(&interrupt);
    return status;
}

const struct command command_get = {
    .name = "get",
    .summary = "fetch files and folders: resume, retry, never leave half a file",
    .run = run,
    .help = "usage: ferry get [OPTIONS] SOURCE...\n"
            "\n"
            "Fetches each SOURCE and saves it under the last part of its name. While the file\n"
            "arrives it is called NAME.part; it gets its name when it is complete. Repeat an\n"
            "interrupted command, and it resumes the download.\n"
            "\n"
            "What arrives is compared with the SHA-256 of each piece, or of the whole, where\n"
            "the server publishes it; wrong pieces are fetched again. The last line says what\n"
            "was proved.\n"
            "\n"
            "SOURCE is one of\n"
            "  HOST[:PORT]/NAME           on a ferry server (port 6767); NAME as the file is\n"
            "                             called, without %20 and the like\n"
            "  http://..., https://...    a URL, on any web server\n"
            "  plain://HOST[:PORT]/NAME   on a server that reads a name and sends the file\n"
            "HOST/DIR/ is a folder of a ferry server: all of it is fetched, and by a second\n"
            "run what changed.\n"
            "\n"
            "  -o, --output FILE      save as FILE; - is the standard output\n"
            "  -d, --directory DIR    save into the folder DIR\n"
            "  -i, --input FILE       also fetch each SOURCE that FILE lists, one a line; -\n"
            "                         is the standard input\n"
            "  -f, --force            replace an existing file\n"
            "  -r, --recursive        each SOURCE is a folder, also without a slash at its\n"
            "                         end; -o names the folder to save it as\n"
            "      --delete           with -r: remove files that ferry brought and the server\n"
            "                         no longer has; with --force: all that it does not have\n"
            "      --include PATTERN  with -r: fetch only files that match (*.jpg, docs/*);\n"
            "                         may be given again\n"
            "      --exclude PATTERN  with -r: leave out files and folders that match\n"
            "      --checksum         with -r: compare files that are here by their SHA-256,\n"
            "                         not by their time\n"
            "      --dry-run          with -r: print what would be done, a line each\n"
            "  -q, --quiet            print only errors\n"
            "      --sha256 HEX       the file must have this SHA-256 (one SOURCE)\n"
            "      --require-verified fail (status 6) if no hash proves the file\n"
            "      --json             print a JSON object for each file on stdout, and for\n"
            "                         each folder\n"
            "      --retries N        give up after N retries in a row that brought nothing\n"
            "                         new. Default: 5\n"
            "      --timeout SECONDS  end an attempt that receives nothing for so long.\n"
            "                         Default: 60\n"
            "      --allow-http       follow a redirect from https to http\n"
            "      --cacert FILE      trust the certificates in FILE (PEM) instead of the\n"
            "                         system's\n"
            "  -k, --insecure         trust any certificate: anybody on the network path can\n"
            "                         then read and change the file\n"
            "  -h, --help             print this text\n"
            "\n"
            "examples:\n"
            "  ferry get nas/iso/debian.iso                from port 6767 of nas\n"
            "  ferry get -d ~/iso nas:8080/a nas:8080/b    two files, into ~/iso\n"
            "  ferry get -i list.txt                       every SOURCE in list.txt\n"
            "  ferry get -o - nas/backup.tar | tar x       into another program\n"
            "  ferry get -f https://example.org/list.txt   replace the old list.txt\n"
            "  ferry get plain://nas:6767/notes.txt        without HTTP\n"
            "  ferry get -r --delete nas/photos/           a mirror of a folder, in ./photos\n"
            "\n"
            "exit status: 0 every file is here; 1 another error; 2 wrong usage; 3 no such\n"
            "file; 4 not allowed; 5 network or server failed; 6 the server sent something\n"
            "else than it promised; 7 local disk failed or full; 8 a different file of that\n"
            "name exists. With several SOURCEs: the first status that is not 0.\n",
};
