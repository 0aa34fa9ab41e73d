/* Reads a list of files with their hashes. */
#include "cmd/hash_list.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "client/metalink.h"
#include "content/mtree_reader.h"
#include "content/sums.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

/* A longer line is no name. What a list is must be told by its first line that is not a comment. */
#define LINE_MAX_BYTES (64 * 1024)
#define READ_BYTES (64 * 1024)

enum list_kind {
    KIND_UNKNOWN,
    KIND_SUMS,
    KIND_MTREE,
    KIND_METALINK,
};

struct reader {
    struct hash_list *list;
    enum list_kind kind;
    bool is_ended;   /* the list */
    bool is_stopped; /* take() or idle() said so */
    struct buf text; /* that was not yet read */
    struct sums sums;
    struct mtree_reader mtree;
    struct metalink_reader *metalink;
    char name[LINE_MAX_BYTES];
};

static bool give(struct reader *r, struct slice name, struct hash_job j)
{
    j.name = strndup(name.p, name.n);
    r->is_stopped = !r->list->take(r->list->context, &j);
    return !r->is_stopped;
}

/* ---- the three kinds ---- */

static void read_sums(struct reader *r, struct slice line)
{
    struct hash_job j = {.task = HASH_FILE, .is_hashed = true};
    size_t n;
    switch (sums_read_line(&r->sums, line, &j.expected, r->name, &n)) {
    case SUMS_FILE:
        give(r, (struct slice){r->name, n}, j);
        break;
    case SUMS_WRONG:
        r->list->wrong++;
        break;
    case SUMS_NOTHING:
        break;
    }
}

static void read_mtree(struct reader *r, struct slice line)
{
    const struct mtree_keys *k = &r->mtree.keys;
    switch (mtree_read_line(&r->mtree, line)) {
    case MTREE_ENTRY:
        break;
    case MTREE_WRONG:
        r->list->wrong++;
        return;
    case MTREE_NOTHING:
        return;
    }
    if (k->type == MTREE_OTHER) {
        r->list->others++;
        return;
    }
    bool is_folder = k->type == MTREE_FOLDER;
    give(r, (struct slice){r->mtree.path, r->mtree.path_len},
         (struct hash_job){
             .task = k->is_hashed && !is_folder ? HASH_FILE : HASH_LOOK,
             .is_sized = k->is_sized && !is_folder,
             .size = k->size,
             .is_hashed = k->is_hashed && !is_folder,
             .expected = k->digest,
             .is_folder = is_folder,
             .is_optional = k->is_optional,
         });
}

static bool take_metalink(void *context, struct metalink *m)
{
    struct reader *r = context;
    if (slice_of(m->name).n == 0) {
        r->list->wrong++;
        return true;
    }
    struct hash_job j = {
        .task = m->piece_len > 0 ? HASH_CHECK
                : m->hashed      ? HASH_FILE
                                 : HASH_LOOK,
        .is_sized = m->sized,
        .size = m->size,
        .piece_len = m->piece_len,
        .pieces = m->pieces,
        .list = TAKE_PTR(m->digests),
        .is_hashed = m->hashed,
        .expected = m->whole,
    };
    return give(r, slice_of(m->name), j);
}

/* ---- which kind it is ---- */

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A mark of the order of bytes, as editors on Windows leave it, says nothing. */
static void skip_mark(struct reader *r)
{
    if (slice_starts(buf_slice(&r->text), SLICE("\xef\xbb\xbf")))
        buf_consume(&r->text, 3);
}

static bool is_xml(struct slice text)
{
    while (text.n > 0 && is_white(text.p[0]))
        text = slice_from(text, 1);
    return slice_starts(text, SLICE("<"));
}

/* A line of mtree(5) has a key, for any text is the name of an entry without one. */
static bool is_mtree(struct slice line)
{
    struct mtree_reader m = {.entries = 0};
    return slice_starts(line, SLICE("#mtree")) || slice_starts(line, SLICE("/set ")) ||
           (mtree_read_line(&m, line) == MTREE_ENTRY && memchr(line.p, '=', line.n) &&
            (m.keys.is_hashed || m.keys.is_sized || m.keys.type != MTREE_FILE));
}

/* The end of the last line may be missing. */
static bool next_line(const struct reader *r, struct slice *rest, struct slice *ret)
{
    bool whole = rest->n > 0 && (r->is_ended || memchr(rest->p, '\n', rest->n));
    return whole && slice_cut(rest, '\n', ret);
}

static enum list_kind recognise(struct reader *r)
{
    struct slice rest, line;
    struct sha256_digest d;
    size_t n;
    skip_mark(r);
    rest = buf_slice(&r->text);
    if (is_xml(rest))
        return KIND_METALINK;
    while (next_line(r, &rest, &line)) {
        struct sums s = {.in_signature = false};
        if (line.n > LINE_MAX_BYTES)
            break;
        if (is_mtree(line))
            return KIND_MTREE;
        if (sums_read_line(&s, line, &d, r->name, &n) == SUMS_FILE)
            return KIND_SUMS;
    }
    return KIND_UNKNOWN;
}

/* ---- reading ---- */

static enum status fail(const struct reader *r, struct err *e, const char *why)
{
    return err_set(e, STATUS_FAILED, "%s: %s", escape(slice_of(r->list->name)).text, why);
}

/* Joins a line of mtree(5) with the next one. */
static bool join(struct reader *r, struct slice line, bool is_last)
{
    if (r->kind != KIND_MTREE || is_last || line.n == 0 || line.p[line.n - 1] != '\\')
        return false;
    char *at = (char *)line.p + line.n - 1; /* in `text` */
    at[0] = at[1] = ' ';
    return true;
}

static enum status read_lines(struct reader *r, struct err *e)
{
    struct slice rest = buf_slice(&r->text), line;
    while (!r->is_stopped) {
        struct slice before = rest;
        if (!next_line(r, &rest, &line))
            break;
        if (line.n > LINE_MAX_BYTES)
            return fail(r, e, "it has a line that is too long");
        if (join(r, line, line.n == before.n)) {
            rest = before;
            continue;
        }
        if (r->kind == KIND_MTREE)
            read_mtree(r, line);
        else
            read_sums(r, line);
        buf_consume(&r->text, before.n - rest.n);
    }
    return buf_len(&r->text) > LINE_MAX_BYTES ? fail(r, e, "it has a line that is too long") : STATUS_DONE;
}

static enum status refuse(const struct reader *r, struct err *e)
{
    char why[128];
    snprintf(why, sizeof why, "it %s", metalink_reader_why(r->metalink));
    return fail(r, e, why);
}

static enum status read_metalink(struct reader *r, struct err *e)
{
    struct metalink none;
    if (!r->metalink) {
        r->metalink = metalink_reader_new();
        if (!r->metalink)
            return fail(r, e, strerror(ENOMEM));
        metalink_reader_each(r->metalink, take_metalink, r);
    }
    bool good = metalink_reader_take(r->metalink, buf_slice(&r->text));
    buf_clear(&r->text);
    if (good && r->is_ended)
        good = metalink_reader_end(r->metalink, &none);
    return good || r->is_stopped ? STATUS_DONE : refuse(r, e);
}

static enum status read_text(struct reader *r, struct err *e)
{
    if (r->kind == KIND_UNKNOWN)
        r->kind = recognise(r);
    switch (r->kind) {
    case KIND_SUMS:
    case KIND_MTREE:
        return read_lines(r, e);
    case KIND_METALINK:
        return read_metalink(r, e);
    case KIND_UNKNOWN:
        break;
    }
    bool goes_on = !r->is_ended && buf_len(&r->text) <= LINE_MAX_BYTES;
    return goes_on ? STATUS_DONE : fail(r, e, "it is no Metalink 4, mtree or SHA256SUMS");
}

/* Also waits for a stop, since read() alone would miss it. */
static enum status read_more(struct reader *r, struct err *e)
{
    struct hash_list *l = r->list;
    struct pollfd p[] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->stop->fd, .events = POLLIN}};
    if (poll(p, 2, 0) == 0) {
        r->is_stopped = !l->idle(l->context);
        if (r->is_stopped)
            return STATUS_DONE;
        poll(p, 2, -1);
    }
    if (stop_asked(l->stop)) {
        r->is_stopped = true;
        return STATUS_DONE;
    }
    char *to = buf_reserve(&r->text, READ_BYTES);
    ssize_t n = to ? read(l->fd, to, READ_BYTES) : -1;
    if (!to || (n < 0 && errno != EAGAIN && errno != EINTR))
        return fail(r, e, to ? strerror(errno) : strerror(ENOMEM));
    r->is_ended = n == 0;
    if (n > 0)
        buf_grew(&r->text, (size_t)n);
    return STATUS_DONE;
}

enum status hash_list_read(struct hash_list *l, struct err *e)
{
    AUTO_FREE struct reader *r = calloc(1, sizeof *r);
    enum status status = STATUS_DONE;
    l->wrong = l->others = 0;
    if (!r)
        return err_set(e, STATUS_FAILED, "out of memory");
    r->list = l;
    r->text = buf_new(LINE_MAX_BYTES + 2 * READ_BYTES);
    while (status == STATUS_DONE && !r->is_ended && !r->is_stopped) {
        status = read_more(r, e);
        if (status == STATUS_DONE && !r->is_stopped)
            status = read_text(r, e);
    }
    metalink_reader_free(r->metalink);
    buf_free(&r->text);
    return status;
}
