/* A folder of a server and everything below it. */
#include "client/tree.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "client/case_clash.h"
#include "client/disk.h"
#include "client/fetch_pool.h"
#include "client/ledger.h"
#include "client/local_walk.h"
#include "client/name_set.h"
#include "client/tree_list.h"
#include "http/url.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK 4096

struct tree_run {
    const struct remote *base;
    const struct tree_options *o;
    struct stop *stop;
    struct tree_result *result;
    struct local_tree local;
    struct ledger ledger;
    struct plan plan, gone; /* what is to be fetched; what is to be removed before that */
    struct name_set all;    /* every path of the list, if everything else is to be removed */
    struct case_clash clashes;
    struct tally tally;
    char shown[512];        /* the folder's name, escaped */
    char cleared[PATH_MAX]; /* a file that is to be removed, and to become a folder; "": none */
    uint64_t need;          /* bytes of the disk */
    bool ledger_changed;
    bool open;
};

/* What is here under a path, and what the ledger says of it. */
struct here {
    int why; /* 0, or why nothing is here: -ENOENT, ... */
    struct stat st;
    bool ours;
    struct tree_line as; /* the line of the ledger that it fits, or else the last one about this path */
};

static void tell(struct tree_run *t, enum tally_kind kind, enum status status, const char *path,
                 const char *why)
{
    struct err e;
    struct tally_event event = {.kind = kind, .path = path, .status = status, .error = e.text};
    err_set(&e, status, "%s %s", escape(slice_of(path)).text, why);
    tally_tell(&t->tally, &event);
}

/* Takes all lines of the ledger about the path of its next one. */
static void find_next(struct tree_run *t, char path[PATH_MAX], struct here *f)
{
    struct ledger *l = &t->ledger;
    memcpy(path, l->next.path, l->next.path_len + 1);
    f->why = local_tree_look(&t->local, path, &f->st);
    f->ours = false;
    while (l->has && strcmp(l->next.path, path) == 0) {
        bool fits = f->why == 0 && ledger_fits(&l->next, &f->st);
        if (fits || !f->ours)
            f->as = l->next;
        f->ours |= fits;
        ledger_step(l);
    }
}

static bool is_wanted(const struct tree_run *t, const char *path, bool folder)
{
    return !filter_excludes(&t->o->filter, path, folder) &&
           (folder || filter_includes(&t->o->filter, path, folder));
}

/* The server no longer has what the ledger's next line is about. */
static void lose(struct tree_run *t)
{
    char path[PATH_MAX];
    struct here f;
    find_next(t, path, &f);
    if (f.why) {
        t->ledger_changed = true;
        return;
    }
    ledger_add(&t->ledger, &f.as);
    if (!f.ours) {
        if (t->o->remove && !t->o->o->force && !S_ISDIR(f.st.st_mode))
            tell(t, TALLY_KEPT, STATUS_DONE, path,
                 "is not on the server any more, but was changed here: kept (--force removes it)");
        return;
    }
    if (t->o->remove && !t->o->o->force && is_wanted(t, path, f.as.folder))
        plan_add(&t->gone, PLAN_REMOVE, &f.as);
}

static void find(struct tree_run *t, const char *path, struct here *f)
{
    char same[PATH_MAX];
    struct slice to = slice_of(path);
    int order = -1;
    while (t->ledger.has && (order = tree_order(slice_of(t->ledger.next.path), to)) < 0)
        lose(t);
    if (t->ledger.has && order == 0) {
        find_next(t, same, f);
        return;
    }
    f->ours = false;
    f->why = local_tree_look(&t->local, path, &f->st);
}

static void plan_step(struct tree_run *t, enum plan_step step, const struct tree_line *line)
{
    plan_add(&t->plan, step, line);
    if (step != PLAN_FETCH && step != PLAN_REPLACE)
        return;
    struct stat part;
    char name[PATH_MAX + 8];
    t->need += (line->size + BLOCK - 1) / BLOCK * BLOCK;
    snprintf(name, sizeof name, "%s.part", line->path);
    if (line->size > PLAN_SMALL && strlen(name) < PATH_MAX && local_tree_look(&t->local, name, &part) == 0) {
        uint64_t here = (uint64_t)part.st_blocks * 512;
        t->need -= here < line->size ? here : line->size;
    }
}

/* Something of ferry's that is in the way goes before anything is fetched. */
static bool clears(struct tree_run *t, const struct here *f)
{
    if (!f->ours || !t->o->remove)
        return false;
    ledger_add(&t->ledger, &f->as);
    plan_add(&t->gone, PLAN_REMOVE, &f->as);
    return true;
}

static bool below_cleared(const struct tree_run *t, const char *path)
{
    return t->cleared[0] && tree_is_below(slice_of(path), slice_of(t->cleared));
}

static void take_folder(struct tree_run *t, const struct tree_line *m, const struct here *f)
{
    bool absent = f->why == -ENOENT || below_cleared(t, m->path);
    if (!absent && f->why) {
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "is not fetched: a part of its path is no folder here");
        return;
    }
    if (!absent && S_ISDIR(f->st.st_mode)) {
        if (f->ours)
            ledger_add(&t->ledger, m);
        return;
    }
    if (!absent && !clears(t, f)) {
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "is a folder on the server, and none here (move it away)");
        return;
    }
    if (!absent)
        snprintf(t->cleared, sizeof t->cleared, "%s", m->path);
    /* With --include, a folder is made when something comes into it. */
    if (t->o->filter.n_include == 0 || filter_includes(&t->o->filter, m->path, true))
        plan_step(t, PLAN_FOLDER, m);
    ledger_add(&t->ledger, m);
}

/* A file that is here, and one on the server: is anything to be done? */
static void compare(struct tree_run *t, const struct tree_line *m, const struct here *f)
{
    bool same = ledger_fits(m, &f->st), may = f->ours || t->o->o->force;
    bool hashes = t->o->checksum && m->hashed && (uint64_t)f->st.st_size == m->size;
    t->result->unhashed += t->o->checksum && !m->hashed;
    if (same && !hashes) {
        t->result->here++;
        if (f->ours)
            ledger_add(&t->ledger, m);
        return;
    }
    if (!may && !hashes) {
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "exists and differs, and is not what ferry brought (--force replaces it)");
        return;
    }
    if (f->ours && !same)
        ledger_add(&t->ledger, &f->as);
    if (may)
        ledger_add(&t->ledger, m);
    plan_step(t, !hashes ? PLAN_REPLACE : may ? PLAN_CHECK : PLAN_COMPARE, m);
}

static void take_file(struct tree_run *t, const struct tree_line *m, const struct here *f)
{
    bool absent = f->why == -ENOENT || below_cleared(t, m->path);
    t->result->files++;
    t->result->bytes += m->size;
    if (!absent && f->why)
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "is not fetched: a part of its path is no folder here");
    else if (!absent && S_ISREG(f->st.st_mode))
        compare(t, m, f);
    else if (!absent && S_ISDIR(f->st.st_mode) && !clears(t, f))
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "is a file on the server, and a folder here (move it away)");
    else if (!absent && !S_ISDIR(f->st.st_mode) && !t->o->o->force)
        tell(t, TALLY_REFUSED, STATUS_WOULD_REPLACE, m->path,
             "exists and is no regular file (--force replaces it)");
    else {
        bool replaces = !absent && !S_ISDIR(f->st.st_mode);
        plan_step(t, replaces ? PLAN_REPLACE : PLAN_FETCH, m);
        ledger_add(&t->ledger, m);
    }
}

/* What ferry needs for itself. */
static bool is_reserved(const char *path)
{
    return tree_is_below(slice_of(path), SLICE(LOCAL_TREE_LEDGER)) ||
           tree_is_below(slice_of(path), SLICE(LOCAL_TREE_STAGE));
}

static bool too_many(struct err *e)
{
    err_set(e, STATUS_FAILED,
            "the folder has more than %zu names, and these cannot be told apart here (fetch its "
            "folders one by one)",
            NAME_SET_MOST);
    return false;
}

static bool take(void *arg, enum tree_line_kind kind, struct tree_line *m, struct err *e)
{
    struct tree_run *t = arg;
    struct here f;
    if (kind == TREE_LINE_REFUSED) {
        char why[128];
        snprintf(why, sizeof why, "is refused: %s", m->why);
        tell(t, TALLY_REFUSED, STATUS_MISMATCH, m->path, why);
        return true;
    }
    if (is_reserved(m->path))
        return true;
    if (t->o->remove && t->o->o->force && name_set_add(&t->all, slice_of(m->path)) == NAME_SET_FULL)
        return too_many(e);
    find(t, m->path, &f);
    if (!is_wanted(t, m->path, m->folder)) {
        if (f.ours)
            ledger_add(&t->ledger, &f.as);
        return true;
    }
    switch (case_clash_add(&t->clashes, m->path)) {
    case NAME_SET_NEW:
        break;
    case NAME_SET_BEFORE:
        tell(t, TALLY_REFUSED, STATUS_MISMATCH, m->path,
             "is refused: here, it has the name of another one, which differs only by case");
        return true;
    case NAME_SET_FULL:
        return too_many(e);
    }
    if (m->folder)
        take_folder(t, m, &f);
    else
        take_file(t, m, &f);
    return true;
}

static void forget(struct tree_run *t)
{
    ledger_close(&t->ledger);
    plan_close(&t->plan);
    plan_close(&t->gone);
    name_set_free(&t->all);
    case_clash_free(&t->clashes);
}

static bool begin(void *arg, struct err *e)
{
    struct tree_run *t = arg;
    bool dry = t->o->dry_run;
    if (t->open)
        forget(t);
    t->result->files = t->result->bytes = t->result->here = t->result->unhashed = 0;
    tally_forget(&t->tally);
    t->need = 0;
    t->cleared[0] = '\0';
    t->ledger_changed = false;
    if (!t->open && (local_tree_open(&t->local, t->result->name, !dry, t->o->mask, e) != STATUS_DONE ||
                     (!dry && local_tree_begin(&t->local, e) != STATUS_DONE)))
        return false;
    t->open = true;
    case_clash_begin(&t->clashes, t->local.stage);
    if (ledger_open(&t->ledger, &t->local, t->base->shown, e) != STATUS_DONE ||
        plan_open(&t->plan, &t->local, "plan", e) != STATUS_DONE ||
        plan_open(&t->gone, &t->local, "gone", e) != STATUS_DONE)
        return false;
    if (t->o->remove && !t->ledger.same && !t->o->o->force) {
        err_set(e, STATUS_WOULD_REPLACE,
                "%s has files from elsewhere, too, and --delete would remove them (choose another folder "
                "with -o; --force removes all that is not on this server)",
                t->shown);
        return false;
    }
    return true;
}

/* Everything here that is not on the server: --delete --force. */
static void find_others(struct tree_run *t, const char *path, const struct stat *st)
{
    struct tree_line line = {.folder = S_ISDIR(st->st_mode),
                             .size = (uint64_t)st->st_size,
                             .timed = true,
                             .modified = st->st_mtim,
                             .path_len = strlen(path)};
    if (is_reserved(path) || name_set_has(&t->all, slice_of(path)) || !is_wanted(t, path, line.folder))
        return;
    /* What is left of a download that will go on. */
    struct slice name = slice_of(path), endings[] = {SLICE(".part.info"), SLICE(".part")};
    for (size_t i = 0; i < 2; i++)
        if (name.n > endings[i].n && slice_eq(slice_from(name, name.n - endings[i].n), endings[i]) &&
            name_set_has(&t->all, (struct slice){path, name.n - endings[i].n}))
            return;
    memcpy(line.path, path, line.path_len + 1);
    plan_add(&t->gone, PLAN_REMOVE, &line);
}

static void on_local(void *arg, const char *path, const struct stat *st)
{
    find_others(arg, path, st);
}

static void remove_one(struct tree_run *t, const struct tree_line *line)
{
    struct stat st;
    char why[128];
    int bad = local_tree_look(&t->local, line->path, &st);
    bool folder = bad == 0 && S_ISDIR(st.st_mode);
    if (bad || (!ledger_fits(line, &st) && !t->o->o->force))
        return; /* it has gone or changed meanwhile */
    if (!t->o->dry_run)
        bad = local_tree_remove(&t->local, line->path, &st);
    if (folder) /* one that still has something in it stays */
        return;
    struct tally_event event = {.kind = TALLY_REMOVED, .path = line->path, .bytes = line->size};
    if (bad == 0) {
        tally_tell(&t->tally, &event);
        return;
    }
    snprintf(why, sizeof why, "cannot be removed: %s", strerror(-bad));
    tell(t, TALLY_FAILED, STATUS_LOCAL_DISK, line->path, why);
}

/* A folder goes after what is in it, and comes before it in the plan. */
static void remove_gone(struct tree_run *t)
{
    struct tree_line *line = malloc(sizeof *line), *folder = malloc(sizeof *folder);
    size_t ends[PATH_MAX / 2],
        depth = 0; /* folders that wait: the lengths of their paths, each below the last */
    enum plan_step step;
    bool more = line && folder;
    while (more) {
        more = plan_next(&t->gone, &step, line) && !stop_asked(t->stop);
        while (depth > 0 && (!more || !tree_is_below(slice_of(line->path),
                                                     (struct slice){folder->path, ends[depth - 1]}))) {
            folder->path_len = ends[--depth];
            folder->path[folder->path_len] = '\0';
            remove_one(t, folder);
        }
        if (more && line->folder) {
            *folder = *line;
            ends[depth++] = line->path_len;
        } else if (more) {
            remove_one(t, line);
        }
    }
    free(line);
    free(folder);
}

static enum status check_space(struct tree_run *t, struct err *e)
{
    uint64_t room;
    if (t->o->dry_run || !disk_free(t->local.top, &room) || room >= t->need)
        return STATUS_DONE;
    return disk_error(e, t->local.top, t->result->name, "make room for", ENOSPC, t->need);
}

/* The list is complete: nothing was changed so far. */
static enum status act(struct tree_run *t, struct err *e)
{
    struct ledger *l = &t->ledger;
    while (l->has)
        lose(t);
    if (t->o->remove && t->o->o->force)
        local_walk(&t->local, on_local, t);
    if (check_space(t, e) != STATUS_DONE)
        return e->status;
    bool lists = t->ledger_changed || t->plan.steps > 0 || !l->same;
    if (lists && (l->lines > 0 || !l->none) && ledger_finish(l, &t->local, e) != STATUS_DONE)
        return e->status;
    if (plan_rewind(&t->plan, e) != STATUS_DONE || plan_rewind(&t->gone, e) != STATUS_DONE)
        return e->status;
    t->tally.due_files = t->plan.files;
    t->tally.due_bytes = t->plan.bytes;
    remove_gone(t);
    if (t->plan.steps == 0)
        return STATUS_DONE;
    struct fetch_job job = {.base = t->base,
                            .o = t->o->o,
                            .local = &t->local,
                            .plan = &t->plan,
                            .tally = &t->tally,
                            .stop = t->stop,
                            .name = t->shown};
    enum status status = fetch_pool_run(&job, &t->result->stopped, e);
    /* The last names, and those of new folders. */
    if (t->local.stage >= 0 && syncfs(t->local.stage) < 0 && status == STATUS_DONE)
        return disk_error(e, t->local.top, t->result->name, "write", errno, 0);
    return status;
}

static void say_done(const struct tree_run *t)
{
    const struct tree_result *r = t->result;
    struct buf out = buf_new(4096);
    const char *did = t->o->dry_run ? "would be " : "";
    uint64_t ms = r->ms ? r->ms : 1;
    buf_printf(&out, "%s: %s file%s, %s", t->shown, count_text(r->files).text, r->files == 1 ? "" : "s",
               size_text(r->bytes).text);
    if (r->fetched > 0)
        buf_printf(&out, "; %s %sfetched, %s", count_text(r->fetched).text, did,
                   size_text(r->fetched_bytes).text);
    if (r->fetched > 0 && !t->o->dry_run) {
        buf_printf(&out, " in %" PRIu64 ".%" PRIu64 " s, %s/s, ", ms / 1000, ms % 1000 / 100,
                   size_text(r->fetched_bytes * 1000 / ms).text);
        if (r->verified == r->fetched)
            buf_printf(&out, "verified sha-256");
        else if (r->verified > 0)
            buf_printf(&out, "%s of them verified sha-256", count_text(r->verified).text);
        else
            buf_printf(&out, "unverified");
    }
    if (r->removed > 0)
        buf_printf(&out, "; %s %sremoved", count_text(r->removed).text, did);
    if (r->kept > 0)
        buf_printf(&out, "; %s kept that are not on the server", count_text(r->kept).text);
    if (r->refused > 0)
        buf_printf(&out, "; %s refused", count_text(r->refused).text);
    if (r->failed > 0)
        buf_printf(&out, "; %s failed", count_text(r->failed).text);
    if (r->left > 0 && !t->o->dry_run)
        buf_printf(&out, "; %s not tried", count_text(r->left).text);
    if (r->fetched + r->removed + r->refused + r->failed + r->left == 0)
        buf_printf(&out, "; already here");
    if (r->unhashed > 0)
        buf_printf(&out, " (the server does not know the SHA-256 of %s: compared by size and time)",
                   count_text(r->unhashed).text);
    if (!out.failed)
        log_line("%.*s", (int)buf_len(&out), buf_slice(&out).p);
    buf_free(&out);
}

/* Where the folder goes: -o and -d, or the last part of its name. */
static enum status name_top(const struct remote *remote, const struct transfer_options *o, char out[4096],
                            struct err *e)
{
    struct slice path = slice_of(remote->shown);
    char raw[4096], name[NAME_SIZE];
    size_t len = 0;
    const char *start = strstr(remote->shown, "://");
    path = slice_from(path, start ? (size_t)(start - remote->shown) + 3 : 0);
    const char *slash = memchr(path.p, '/', path.n);
    path = slash ? slice_from(path, (size_t)(slash - path.p) + 1) : SLICE("");
    while (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    const char *last = memrchr(path.p, '/', path.n);
    path = last ? slice_from(path, (size_t)(last - path.p) + 1) : path;
    const char *under = o->out;
    if (!under &&
        (!url_decode(path, raw, sizeof raw, &len) || !name_make_safe((struct slice){raw, len}, name)))
        return err_set(e, STATUS_USAGE,
                       "%s has no name to save the folder under (give one: -r -o NAME; -r -o . is this one)",
                       escape(slice_of(remote->shown)).text);
    under = under ? under : name;
    int n = o->dir && under[0] != '/' ? snprintf(out, 4096, "%s/%s", o->dir, under)
                                      : snprintf(out, 4096, "%s", under);
    return n < 4096 ? STATUS_DONE
                    : err_set(e, STATUS_USAGE, "the name of the folder to save into is too long");
}

bool tree_name_folder(struct remote *r)
{
    if (r->named == NAMED_FOLDER)
        return true;
    if (r->named == NAMED_NOTHING || strchr(r->shown, '?'))
        return false;
    char **texts[] = {&r->url, &r->shown};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(*texts[i]);
        char *longer = realloc(*texts[i], n + 2);
        if (!longer)
            return false;
        memcpy(longer + n, "/", 2);
        *texts[i] = longer;
    }
    r->named = NAMED_FOLDER;
    return true;
}

static void finish(struct tree_run *t, enum status status)
{
    struct tree_result *r = t->result;
    const struct tally *y = &t->tally;
    r->fetched = y->fetched;
    r->fetched_bytes = y->fetched_bytes;
    r->verified = y->verified;
    r->removed = y->removed;
    r->kept = y->kept;
    r->refused = y->refused;
    r->failed = y->failed;
    r->left = y->due_files - atomic_load(&y->done_files);
    r->status = status != STATUS_DONE ? status : y->status;
    if (status == STATUS_DONE)
        r->err.text[0] = '\0'; /* it may have been filled in advance */
    if (r->stopped || stop_asked(t->stop)) {
        r->stopped = true;
        r->status = err_set(&r->err, STATUS_FAILED, "stopped by a signal");
    }
}

void tree_run(const struct remote *remote, const struct tree_options *o, struct http *http, struct stop *stop,
              struct progress *progress, struct tree_result *ret)
{
    uint64_t began = clock_ms();
    *ret = (struct tree_result){.status = STATUS_DONE};
    struct tree_run *t = calloc(1, sizeof *t);
    if (!t) {
        ret->status = err_set(&ret->err, STATUS_FAILED, "out of memory");
        return;
    }
    *t = (struct tree_run){.base = remote,
                           .o = o,
                           .stop = stop,
                           .result = ret,
                           .local = {.top = -1, .stage = -1, .parent_fd = -1}};
    tally_begin(&t->tally, progress);
    t->tally.quiet = o->o->quiet;
    t->tally.dry_run = o->dry_run;
    t->tally.event = o->event;
    t->tally.arg = o->arg;
    ret->status = name_top(remote, o->o, ret->name, &ret->err);
    if (ret->status == STATUS_DONE) {
        snprintf(t->shown, sizeof t->shown, "%s", escape(slice_of(ret->name)).text);
        struct tree_list list = {
            .base = remote,
            .retries = o->o->retries,
            .quiet = o->o->quiet,
            .http = http,
            .stop = stop,
            .progress = progress,
            .begin = begin,
            .take = take,
            .arg = t,
        };
        progress_begin(progress, t->shown);
        enum status status = tree_list_fetch(&list, &ret->stopped, &ret->err);
        if (status == STATUS_DONE)
            status = act(t, &ret->err);
        finish(t, status);
        ret->ms = clock_ms() - began;
        progress_clear(progress);
        if (ret->stopped)
            log_line("stopped; run the same command again to go on");
        else if (status == STATUS_DONE && !o->o->quiet)
            say_done(t);
    }
    forget(t);
    local_tree_close(&t->local);
    if (t->local.made_top && ret->status != STATUS_DONE)
        rmdir(ret->name); /* unless something is in it */
    tally_end(&t->tally);
    free(t);
}
