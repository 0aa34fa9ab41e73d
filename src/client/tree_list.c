/* Fetches the list of a folder and everything below it. */
#include "client/tree_list.h"

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "content/mtree.h"

#include <stdio.h>
#include <stdlib.h>

#define URL_MAX (512u << 10)

struct reading {
    struct receiver receiver;
    const struct tree_list *list;
    struct buf text;   /* the beginning of a line */
    bool skipping;     /* its rest is left out, as it is too long */
    bool begun, ended; /* its first and its last line came */
    uint64_t lines;
    uint64_t entries;
    uint64_t bytes;
    char last[PATH_MAX]; /* the path that came last */
    struct tree_line line;
};

static bool fail(struct reading *g)
{
    g->receiver.outcome = OUTCOME_FAILED;
    return false;
}

static bool is_wrong(struct reading *g, const char *why)
{
    err_set(&g->receiver.err, STATUS_MISMATCH, "%s: line %lu of the folder's list is wrong: %s",
            escape(slice_of(g->list->base->shown)).text, (unsigned long)g->lines, why);
    return fail(g);
}

static bool take_entry(struct reading *g, enum tree_line_kind kind)
{
    struct tree_line *l = &g->line;
    g->entries++;
    if (kind == TREE_LINE_ENTRY && l->path_len > 0) {
        int order = tree_order(slice_of(g->last), slice_of(l->path));
        if (g->last[0] && order == 0)
            return is_wrong(g, "it has a path twice");
        if (g->last[0] && order > 0)
            return is_wrong(g, "it is not in order");
        memcpy(g->last, l->path, l->path_len + 1);
    }
    if (kind == TREE_LINE_ENTRY && l->path_len == 0)
        return true; /* the folder itself */
    if (kind == TREE_LINE_ENTRY && !l->folder && !l->timed)
        return is_wrong(g, "a file has no time");
    return g->list->take(g->list->arg, kind, l, &g->receiver.err) || fail(g);
}

static bool take_line(struct reading *g, struct slice text)
{
    g->lines++;
    if (g->lines == 1) {
        if (!slice_eq(text, SLICE("#mtree"))) {
            err_set(&g->receiver.err, STATUS_FAILED,
                    "%s: the server sends no list of the folder that tells sizes and times, as ferry "
                    "serve does (to save the page alone: -o FILE)",
                    escape(slice_of(g->list->base->shown)).text);
            return fail(g);
        }
        g->begun = true;
        return g->list->begin(g->list->arg, &g->receiver.err) || fail(g);
    }
    if (g->ended)
        return is_wrong(g, "something comes after its end");
    enum tree_line_kind kind = tree_line_read(text, &g->line);
    switch (kind) {
    case TREE_LINE_NOTHING:
        return true;
    case TREE_LINE_ENTRY:
    case TREE_LINE_REFUSED:
        return take_entry(g, kind);
    case TREE_LINE_END:
        g->ended = true;
        return g->line.entries == g->entries || is_wrong(g, "it counts other entries than there are");
    case TREE_LINE_BAD:
        break;
    }
    return is_wrong(g, g->line.why);
}

/* No path that a file system takes makes such a line. */
static bool take_long(struct reading *g)
{
    struct slice beginning = buf_slice(&g->text);
    g->skipping = true;
    if (g->lines == 0)
        return take_line(g, SLICE(""));
    g->lines++;
    tree_line_read((struct slice){beginning.p, beginning.n / 4 * 3}, &g->line);
    g->line.why = "the path is too long";
    buf_clear(&g->text);
    return take_entry(g, TREE_LINE_REFUSED);
}

static bool tree_list_take(struct receiver *r, struct slice piece)
{
    struct reading *g = container_of(r, struct reading, receiver);
    g->bytes += piece.n;
    while (piece.n > 0) {
        const char *end = memchr(piece.p, '\n', piece.n);
        size_t n = end ? (size_t)(end - piece.p) : piece.n;
        struct slice part = {piece.p, n};
        piece = slice_from(piece, n + 1);
        if (g->skipping) {
            g->skipping = !end;
            continue;
        }
        if (end && buf_len(&g->text) == 0 && n <= MTREE_LINE_MAX) {
            if (!take_line(g, part))
                return false;
            continue;
        }
        if (n > buf_space(&g->text)) {
            if (!take_long(g))
                return false;
            g->skipping = !end;
            continue;
        }
        buf_add(&g->text, part);
        if (g->text.failed) {
            err_set(&r->err, STATUS_FAILED, "out of memory");
            return fail(g);
        }
        if (end) {
            bool good = take_line(g, buf_slice(&g->text));
            buf_clear(&g->text);
            if (!good)
                return false;
        }
    }
    progress_update(g->list->progress, g->bytes);
    return true;
}

static bool tree_list_begin(struct receiver *r, const struct answer *a)
{
    struct reading *g = container_of(r, struct reading, receiver);
    (void)a;
    buf_clear(&g->text);
    g->skipping = g->begun = g->ended = false;
    g->lines = g->entries = g->bytes = 0;
    g->last[0] = '\0';
    return true;
}

static bool tree_list_idle(struct receiver *r)
{
    struct reading *g = container_of(r, struct reading, receiver);
    progress_update(g->list->progress, g->bytes);
    return true;
}

static enum outcome attempt(struct reading *g, struct answer *answer, const struct http_request *q,
                            struct err *e)
{
    enum outcome outcome = http_attempt(g->list->http, q, &g->receiver, answer, e);
    if (outcome != OUTCOME_DONE || g->ended)
        return outcome;
    if (g->lines == 0 && !take_line(g, SLICE(""))) {
        *e = g->receiver.err;
        return OUTCOME_FAILED;
    }
    err_set(e, STATUS_MISMATCH, "%s: the folder's list was cut off: it has no end",
            escape(slice_of(g->list->base->shown)).text);
    return OUTCOME_AGAIN;
}

enum status tree_list_fetch(const struct tree_list *r, bool *ret_stopped, struct err *e)
{
    struct remote remote;
    enum status status = tree_list_remote(r->base, "", "?format=mtree", &remote, e);
    if (status != STATUS_DONE)
        return status;
    struct reading *g = calloc(1, sizeof *g);
    struct answer *answer = calloc(1, sizeof *answer);
    struct http_request q = {.remote = &remote, .squeezed = true};
    enum outcome outcome = OUTCOME_FAILED;
    err_set(e, STATUS_FAILED, "out of memory");
    if (g && answer) {
        *g = (struct reading){.list = r, .text = buf_new(MTREE_LINE_MAX)};
        g->receiver =
            (struct receiver){.begin = tree_list_begin, .take = tree_list_take, .idle = tree_list_idle};
        for (unsigned failed = 0;; failed++) {
            outcome = attempt(g, answer, &q, e);
            if (outcome != OUTCOME_AGAIN || failed == r->retries)
                break;
            progress_clear(r->progress);
            if (!r->quiet)
                log_line("%s; trying again (%u of %u)", e->text, failed + 1, r->retries);
            if (stop_wait(r->stop, answer_wait_seconds(answer, failed) * 1000)) {
                outcome = OUTCOME_STOPPED;
                break;
            }
        }
        buf_free(&g->text);
    }
    free(g);
    free(answer);
    remote_free(&remote);
    *ret_stopped = outcome == OUTCOME_STOPPED;
    if (outcome == OUTCOME_DONE)
        return STATUS_DONE;
    return outcome == OUTCOME_STOPPED ? STATUS_FAILED : e->status;
}

static char *join(const char *base, const char *path, const char *query)
{
    struct buf out = buf_new(URL_MAX);
    buf_add(&out, slice_of(base));
    percent_add(&out, slice_of(path), true);
    buf_add(&out, slice_of(query));
    struct slice s = buf_slice(&out);
    char *text = out.failed ? NULL : strndup(s.p, s.n);
    buf_free(&out);
    return text;
}

enum status tree_list_remote(const struct remote *base, const char *path, const char *query,
                             struct remote *ret, struct err *e)
{
    const char *slash = strrchr(path, '/');
    *ret = (struct remote){.scheme = SCHEME_HTTP,
                           .url = join(base->url, path, query),
                           .shown = join(base->shown, path, query),
                           .last = strdup(slash ? slash + 1 : path),
                           .named = *path ? NAMED_FILE : NAMED_FOLDER,
                           .literal = true};
    if (ret->url && ret->shown && ret->last)
        return STATUS_DONE;
    remote_free(ret);
    return err_set(e, STATUS_FAILED, "out of memory");
}
