/* Compares the files of a folder with a list of hashes: a line for each that is not as the list says, and a
 * sum at the end. Every file is read: a kept hash would not tell of a bit that has flipped on the disk. */
#include "cmd/hash_check.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/hash_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct check {
    struct hash_run run;
    const char *list;
    struct root root;
    bool is_top; /* the folder is "/": absolute names are in it */
    uint64_t right, wrong, missing, unread, unhashed;
    uint64_t total; /* bytes that are to be read, for the bar */
};

/* ---- one file ---- */

/* An absolute name would mean the same one below the folder. */
static int open_listed(void *context, const char *name, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    const struct check *c = context;
    if (name[0] == '/' && !c->is_top)
        return -EXDEV;
    return root_open(&c->root, slice_of(name), REACH_ANYWHERE, ret_stat, ret_kind);
}

static void print_line(struct check *c, const struct hash_job *j, enum status status, struct slice what)
{
    struct buf line = buf_new(UINT32_MAX);
    escape_add(&line, slice_of(j->name), "");
    buf_add(&line, SLICE(": "));
    buf_add(&line, what);
    buf_add(&line, SLICE("\n"));
    hash_run_print(&c->run, buf_slice(&line));
    hash_run_note(&c->run, status);
    buf_free(&line);
}

static void is_wrong(struct check *c, const struct hash_job *j, struct slice how)
{
    c->wrong++;
    print_line(c, j, STATUS_MISMATCH, how);
}

static const char *reason(int error)
{
    switch (-error) {
    case EXDEV:
        return "it leads outside the folder";
    case EACCES:
        return "it may not be read, or is no regular file";
    case ENODATA:
        return "the kernel makes it up when it is read";
    default:
        return strerror(-error);
    }
}

static void has_failed(struct check *c, const struct hash_job *j)
{
    char why[200];
    if (hash_run_status_of(j->error) == STATUS_NOT_FOUND) {
        c->missing += !j->is_optional;
        if (!j->is_optional)
            print_line(c, j, STATUS_NOT_FOUND, SLICE("missing"));
        return;
    }
    c->unread++;
    snprintf(why, sizeof why, "unreadable: %s", reason(j->error));
    print_line(c, j, hash_run_status_of(j->error), slice_of(why));
}

/* The wrong pieces, as ranges of bytes: "0-1048575, 4194304-5242879". False if there are none. */
static bool add_ranges(struct buf *out, const struct hash_job *j, size_t *ret_wrong)
{
    size_t begin = 0;
    *ret_wrong = 0;
    for (size_t i = 0; i <= j->pieces; i++) {
        bool wrong = i < j->pieces && j->wrong[i];
        *ret_wrong += wrong;
        if (wrong && (i == 0 || !j->wrong[i - 1]))
            begin = i;
        if (wrong || i == 0 || !j->wrong[i - 1])
            continue;
        uint64_t end = i * j->piece_len < j->size ? i * j->piece_len : j->size;
        buf_printf(out, "%s%lu-%lu", buf_len(out) > 0 ? ", " : "", (unsigned long)(begin * j->piece_len),
                   (unsigned long)(end - 1));
    }
    return *ret_wrong > 0;
}

static void compare_pieces(struct check *c, const struct hash_job *j)
{
    struct buf ranges = buf_new(UINT32_MAX), line = buf_new(UINT32_MAX);
    size_t wrong;
    if (!add_ranges(&ranges, j, &wrong)) {
        c->right++;
    } else {
        buf_printf(&line, "wrong: %s of %s pieces, bytes ", count_text(wrong).text,
                   count_text(j->pieces).text);
        buf_add(&line, buf_slice(&ranges));
        is_wrong(c, j, buf_slice(&line));
    }
    buf_free(&ranges);
    buf_free(&line);
}

static void compare_hash(struct check *c, const struct hash_job *j)
{
    if (j->task == HASH_CHECK)
        compare_pieces(c, j);
    else if (!j->is_hashed)
        c->unhashed += !j->is_folder;
    else if (j->is_whole && sha256_eq(&j->whole, &j->expected))
        c->right++;
    else
        is_wrong(c, j, SLICE("wrong: another SHA-256"));
}

static void done(void *context, struct hash_job *j)
{
    struct check *c = context;
    bool is_folder = S_ISDIR(j->stat.st_mode);
    char how[128];
    if (j->error < 0) {
        has_failed(c, j);
    } else if (is_folder != j->is_folder) {
        is_wrong(c, j, is_folder ? SLICE("wrong: it is a folder") : SLICE("wrong: it is no folder"));
    } else if (j->is_sized && (uint64_t)j->stat.st_size != j->size) {
        snprintf(how, sizeof how, "wrong: %s bytes, not %s", count_text((uint64_t)j->stat.st_size).text,
                 count_text(j->size).text);
        is_wrong(c, j, slice_of(how));
    } else if (j->broken) {
        c->unread++;
        snprintf(how, sizeof how, "unreadable: %s", j->broken);
        print_line(c, j, STATUS_LOCAL_DISK, slice_of(how));
    } else {
        compare_hash(c, j);
    }
}

/* ---- the list ---- */

static bool add(void *context, struct hash_job *j)
{
    struct check *c = context;
    if (j->name)
        return hash_pool_add(c->run.pool, j);
    free(j->list);
    hash_run_complain(&c->run, STATUS_FAILED, c->list, strerror(ENOMEM));
    return false;
}

static bool hand_back(void *context)
{
    struct check *c = context;
    bool goes_on = hash_pool_drain(c->run.pool);
    hash_run_flush(&c->run);
    return goes_on;
}

static bool count(void *context, struct hash_job *j)
{
    struct check *c = context;
    struct stat st;
    if (j->task == HASH_LOOK || !j->name)
        st.st_size = 0;
    else if (j->is_sized)
        st.st_size = (off_t)j->size;
    else if (root_stat(&c->root, j->name, &st) < 0 || !S_ISREG(st.st_mode))
        st.st_size = 0;
    c->total += (uint64_t)st.st_size;
    free(j->name);
    free(j->list);
    return !hash_run_is_late(&c->run);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return true;
}

/* Reads a list beforehand, for the bar to know where it ends, if that takes no longer than the bar waits. */
static void find_total(struct check *c, int fd)
{
    struct err e;
    struct hash_list l = {
        .fd = fd, .name = c->list, .stop = c->run.stop, .context = c, .take = count, .idle = nothing_to_do};
    if (!hash_run_shows(&c->run) || lseek(fd, 0, SEEK_SET) < 0)
        return;
    if (hash_list_read(&l, &e) == STATUS_DONE && !hash_run_is_late(&c->run) && c->total > 0)
        hash_run_total(&c->run, c->total);
    lseek(fd, 0, SEEK_SET);
}

static void add_count(struct buf *out, uint64_t n, const char *what)
{
    if (n > 0)
        buf_printf(out, "%s%s %s", buf_len(out) > 0 ? ", " : "", count_text(n).text, what);
}

/* What the list lacks is told even if nothing else is: it does not show that the files are right. */
static void sum_up(struct check *c, const struct hash_list *l)
{
    struct buf text = buf_new(1024);
    bool any = c->right + c->wrong + c->missing + c->unread > 0;
    add_count(&text, c->right, "right");
    add_count(&text, c->wrong, "wrong");
    add_count(&text, c->missing, "missing");
    add_count(&text, c->unread, "unreadable");
    add_count(&text, c->unhashed, "without a SHA-256");
    add_count(&text, l->others, "not files");
    add_count(&text, l->wrong, l->wrong == 1 ? "line not understood" : "lines not understood");
    buf_add(&text, (struct slice){"", 1});
    if (l->wrong > 0 || !any)
        hash_run_note(&c->run, STATUS_FAILED);
    hash_run_flush(&c->run);
    progress_clear(&c->run.progress);
    if (!c->run.quiet || l->wrong > 0 || !any)
        log_line("%s: %s", escape(slice_of(c->list)).text,
                 any || l->wrong > 0 ? buf_slice(&text).p : "it has no SHA-256 of any file");
    buf_free(&text);
}

static enum status check_all(struct check *c, int fd)
{
    struct hash_pool_options o = {.most = HASH_RUN_JOBS, .open = open_listed, .done = done};
    struct hash_list l = {
        .fd = fd, .name = c->list, .stop = c->run.stop, .context = c, .take = add, .idle = hand_back};
    struct err e;
    if (!hash_run_begin(&c->run, c->list, &o))
        return STATUS_FAILED;
    find_total(c, fd);
    enum status status = hash_list_read(&l, &e);
    bool all = hash_pool_drain(c->run.pool);
    if (status != STATUS_DONE) {
        progress_clear(&c->run.progress);
        log_line("%s", e.text);
        hash_run_note(&c->run, status);
    } else if (all) {
        sum_up(c, &l);
    }
    return hash_run_end(&c->run);
}

/* ---- beginning ---- */

static bool is_input(const char *list)
{
    return slice_eq(slice_of(list), SLICE("-"));
}

/* The folder that the list is in. */
static char *folder_of(const char *list)
{
    const char *slash = strrchr(list, '/');
    if (is_input(list) || !slash)
        return strdup(".");
    return strndup(list, slash == list ? 1 : (size_t)(slash - list));
}

static int open_root(struct check *c, const char *folder)
{
    struct stat top, st;
    int error = root_init(&c->root, folder, true);
    if (error < 0)
        return error;
    c->is_top = stat("/", &top) == 0 && fstat(c->root.dir, &st) == 0 && top.st_dev == st.st_dev &&
                top.st_ino == st.st_ino;
    return c->root.only[0] ? -ENOTDIR : 0;
}

enum status hash_check(struct hash_run *r, const char *list, const char *in)
{
    struct check c = {.run = *r, .list = list, .root = {.dir = -1}};
    AUTO_FREE char *folder = in ? strdup(in) : folder_of(list);
    /* A FIFO must not wait here for its writer, where no signal would end that. */
    AUTO_CLOSE int fd = is_input(list) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                       : open(list, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return hash_run_cannot_open(list, -errno);
    int error = folder ? open_root(&c, folder) : -ENOMEM;
    enum status status = error < 0 ? hash_run_cannot_open(folder ? folder : list, error) : check_all(&c, fd);
    root_free(&c.root);
    return status;
}
