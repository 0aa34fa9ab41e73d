/* Finds the content of a name, or the status that says why there is none. */
#include "site/route.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "content/batch.h"
#include "content/file.h"
#include "content/metalink.h"
#include "content/metalink_tree.h"
#include "content/readme.h"
#include "content/sample.h"
#include "http/conditions.h"
#include "http/names.h"
#include "site/neighbour.h"

#include <errno.h>
#include <stdio.h>

static struct slice without_slashes(struct slice name)
{
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    return name;
}

struct slice wanted_name(const struct wanted *w)
{
    return without_slashes((struct slice){w->name, w->name_len});
}

static int status_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EXDEV: /* it leads out of the folder, which does not exist for a client */
    case ELOOP:
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
        return 404;
    case EACCES:
    case EPERM:
    case ENODATA:
        return 403;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EBUSY:
    case EALREADY:
        return 503;
    case E2BIG: /* too large for an archive */
        return 507;
    default:
        return 500;
    }
}

static struct found fail(int status)
{
    return (struct found){.status = status};
}

static struct found fail_by(int error)
{
    struct found found = fail(status_of(-error));
    if (error == -ENODATA)
        found.why =
            "The kernel makes this file up whenever it is read: it has no length, and no bytes that stay.\n";
    return found;
}

static struct found serve(struct source *source)
{
    return source ? (struct found){.status = 200, .source = source} : fail(503);
}

/* ---- a file ---- */

/* Takes the reference. */
static struct source *open_source(const struct site *s, struct version *v)
{
    struct source *source = source_open_file(v);
    if (source && s->copy)
        source->can_send = false;
    return source;
}

/* A neighbour has the type of the file, and a tag of its own even if it is a link to the same file. */
static void describe_coded(struct source *s, const char *type, enum coding coding)
{
    source_mark_tag(s, coding_name(coding));
    s->type = type;
    s->head_end = NULL;
}

/* Text without a known name is recognised by its bytes and becomes text/plain, so that "meson.build" is
 * shown, not saved. */
static enum sample sample_of(struct version *v, enum reach reach)
{
    bool unknown = media_type_is_unknown(v->type);
    if (v->sample == SAMPLE_LATER && !unknown && !media_type_is_text(v->type))
        v->sample = SAMPLE_OTHER;
    enum sample sample = sample_text(v, reach);
    if (unknown && sample == SAMPLE_UTF8)
        v->type = "text/plain";
    return sample;
}

/* Finds out whether it is UTF-8, and which representation is sent. Returns 0 or a result of
 * neighbour_choose(). */
static int look_closer(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct neighbour *ret_neighbour, struct found *ret)
{
    enum sample sample = w->described ? sample_of(v, l->reach) : SAMPLE_OTHER;
    *ret_neighbour = (struct neighbour){.coding = CODING_IDENTITY};
    if (sample == SAMPLE_LATER)
        return -EAGAIN;
    ret->utf8 = sample == SAMPLE_UTF8;
    if (!w->negotiated || coding_is_in_name(name))
        return 0;
    int error = neighbour_choose(l, &w->codings, name, v, ret_neighbour);
    ret->coding = ret_neighbour->coding;
    ret->varies = ret_neighbour->varies;
    return error;
}

/* A Markdown file as a page. True if *ret is the answer, and *ret_done what represent() returns; otherwise
 * the file itself is sent. */
static bool render(const struct look *l, struct slice name, const struct version *v, struct found *ret,
                   bool *ret_done)
{
    if (l->reach != REACH_ANYWHERE) { /* it takes too long for a loop */
        *ret_done = false;
        return true;
    }
    int error = readme_open_page(v, name, &ret->source);
    *ret_done = true;
    ret->status = error == 0 ? 200 : error == -EIO ? 500 : 503;
    return error != -EILSEQ;
}

static const char fresh[] =
    "The file has changed within the last seconds: whether this change is complete is not certain yet.\n";

static const char replaced[] = "The file has changed since: there are no hashes of that version any more.\n";

static bool is_another(const struct wanted *w, const struct version *v)
{
    return w->of_len > 0 && !slice_eq(etag_inside(slice_of(v->etag)), (struct slice){w->of, w->of_len});
}

static struct slice last_part(struct slice name)
{
    const char *slash = memrchr(name.p, '/', name.n);
    return slash ? slice_from(name, (size_t)(slash - name.p) + 1) : name;
}

#define ADDRESS_MAX (WANTED_HOST_MAX + 3 * PATH_MAX + 16)

/* Of a file or folder: absolute if the host is known, since most clients of a Metalink resolve no other. */
static void add_address(struct buf *out, const struct wanted *w, struct slice name)
{
    if (w->host_len > 0)
        buf_printf(out, "http://%.*s/", (int)w->host_len, w->host);
    percent_add(out, w->host_len > 0 ? name : last_part(name), true);
}

/* A document with the file's hashes. */
static __attribute__((noinline)) void describe_hashes(const struct look *l, const struct wanted *w,
                                                      struct slice name, struct version *v, struct found *ret)
{
    struct hash *h;
    struct buf url = buf_new(ADDRESS_MAX);
    *ret = (struct found){.status = 404, .why = replaced};
    if (is_another(w, v))
        return;
    int error = hash_open(&l->site->hashes, v, &h);
    *ret = (struct found){.status = 503, .why = error == -EAGAIN ? fresh : NULL};
    if (error < 0)
        return;
    add_address(&url, w, name);
    *ret = serve(source_open_metalink(h, v, last_part(name), buf_slice(&url)));
    buf_free(&url);
}

/* Opens the hashes of what is sent, if there are any. Up to one piece they are computed at once: its bytes
 * are read for the answer anyway. False if there will be some in a few seconds, and the client waits. */
static __attribute__((noinline)) bool find_hash(const struct look *l, const struct wanted *w,
                                                struct version *v, struct found *ret)
{
    int error = hash_open(&l->site->hashes, v, &ret->hash);
    if (error == 0 && hash_record(ret->hash)->count == 1)
        hash_step(ret->hash, HASH_WHOLE);
    return error != -EAGAIN || !w->waits;
}

/* Takes the reference; v is NULL if memory ran out. Returns false like route_find(). */
static bool represent(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                      struct found *ret)
{
    struct neighbour neighbour;
    bool is_done;
    *ret = (struct found){.status = 200};
    if (v && w->render && strcmp(v->type, "text/markdown") == 0 && render(l, name, v, ret, &is_done)) {
        version_unref(v);
        return is_done;
    }
    if (v && (w->metalink || w->digest) && l->reach == REACH_CACHED) { /* a disk is read */
        version_unref(v);
        return false;
    }
    if (v && w->metalink) {
        describe_hashes(l, w, name, v, ret);
        version_unref(v);
        return true;
    }
    *ret = (struct found){.status = 200};
    int error = v ? look_closer(l, w, name, v, &neighbour, ret) : -ENOMEM;
    bool is_known =
        error < 0 || !w->digest || find_hash(l, w, neighbour.version ? neighbour.version : v, ret);
    if (error < 0 || !is_known) {
        version_unref(error == 0 ? neighbour.version : NULL);
        version_unref(v);
    } else if (!neighbour.version) {
        ret->source = open_source(l->site, v);
    } else {
        ret->source = open_source(l->site, neighbour.version);
        if (ret->source)
            describe_coded(ret->source, v->type, ret->coding);
        version_unref(v);
    }
    if (!ret->source) {
        hash_unref(ret->hash);
        *ret = (struct found){.status = 503, .why = is_known ? NULL : fresh};
    }
    return error != -EAGAIN;
}

/* ---- a folder ---- */

/* The folder's index.html, if there is one; otherwise ret->status is 0. Returns false like route_find(). */
static bool find_index(const struct look *l, const struct wanted *w, struct found *ret)
{
    char room[PATH_MAX];
    const struct slice index = SLICE("/index.html");
    struct slice name = {room, w->name_len + index.n};
    struct opened o;
    *ret = fail(0);
    if (name.n > sizeof room)
        return true;
    memcpy(room, w->name, w->name_len);
    memcpy(room + w->name_len, index.p, index.n);
    name = without_slashes(name);
    struct version *shared = look_shared(l, name);
    if (shared)
        return represent(l, w, name, shared, ret);
    AUTO_CLOSE int fd = look_open(l, name, &o);
    if (fd == -EAGAIN)
        return false;
    if (fd >= 0 && S_ISREG(o.st.st_mode))
        return represent(l, w, name, look_version(l, name, TAKE_FD(fd), &o), ret);
    if (fd < 0 && fd != -ENOENT)
        *ret = fail_by(fd);
    return true;
}

/* A folder has one address, because links in its listing are relative to it: it ends in a slash, and has
 * single slashes between names. Other spellings redirect to it. Returns 0, or the status to answer with.
 *
 * Where links lead from an address with dots is unclear. A client resolves "link/../x" by its text, the
 * disk by the target of the link; and clients differ in whether "%2e%2e" is two dots. No client sends them
 * by itself. */
static int check_address(const struct wanted *w)
{
    struct slice rest = {w->name, w->name_len}, part;
    bool right = rest.n == 0 || rest.p[rest.n - 1] == '/';
    rest = slice_from(rest, 1);
    while (slice_cut(&rest, '/', &part)) {
        if (slice_eq(part, SLICE(".")) || slice_eq(part, SLICE("..")))
            return 404;
        right &= part.n > 0;
    }
    return right ? 0 : 301;
}

static struct found serve_archive(const struct site *s, const struct wanted *w)
{
    struct found found = {.status = 200, .archive = w->archive};
    int error = source_open_archive(w->turn, &s->root, (struct slice){w->name, w->name_len}, w->archive,
                                    &found.source);
    if (error < 0)
        found = (struct found){.status = status_of(-error), .under_way = error == -EALREADY};
    return found;
}

static struct found serve_batch(const struct site *s, const struct wanted *w)
{
    if (!names_ok(buf_slice(w->names))) /* here, since a long list takes too long for a loop */
        return fail(422);
    struct found found = serve(source_open_batch(&s->root, wanted_name(w), w->names));
    found.archive = ARCHIVE_FORMAT_TAR;
    return found;
}

static struct found serve_metalink_tree(struct site *s, const struct wanted *w)
{
    struct buf url = buf_new(ADDRESS_MAX);
    add_address(&url, w, wanted_name(w));
    struct found found = serve(
        url.failed ? NULL : source_open_metalink_tree(&s->root, wanted_name(w), &s->hashes, buf_slice(&url)));
    buf_free(&url);
    return found;
}

static struct found serve_tree(struct site *s, const struct wanted *w)
{
    struct found found = {.status = 200};
    if (w->tree == TREE_FORMAT_METALINK)
        return serve_metalink_tree(s, w);
    int error = source_open_tree(&s->root, wanted_name(w), &s->hashes, &found.source);
    return error < 0 ? fail_by(error) : found;
}

/* Takes fd. Returns false like route_find(). */
static bool find_folder(const struct look *l, const struct wanted *w, int folder, enum fs_kind kind,
                        struct found *ret)
{
    struct site *s = l->site;
    AUTO_CLOSE int fd = folder;
    int status = w->is_address ? check_address(w) : 0;
    if (status == 301 && w->names) /* a client would make a GET of it */
        status = 404;
    if (status != 0) {
        *ret = fail(status);
        return true;
    }
    if (w->archive != ARCHIVE_FORMAT_NONE || w->tree != TREE_FORMAT_NONE || w->names) {
        if (l->reach != REACH_ANYWHERE) /* they include file systems mounted below the folder */
            return false;
        *ret = w->names                      ? serve_batch(s, w)
               : w->tree != TREE_FORMAT_NONE ? serve_tree(s, w)
                                             : serve_archive(s, w);
        return true;
    }
    if (s->index) {
        if (!find_index(l, w, ret))
            return false;
        if (ret->status != 0)
            return true;
    }
    *ret = w->listing.broken
               ? fail(400)
               : serve(source_open_listing(TAKE_FD(fd), kind, &s->root, (struct slice){w->name, w->name_len},
                                           &w->listing, &s->look, &s->surveys));
    return true;
}

bool route_find(const struct look *l, const struct wanted *w, struct found *ret)
{
    struct slice name = wanted_name(w);
    struct opened o;
    if (budget_is_over(l->site->memory)) {
        *ret = fail(503);
        return true;
    }
    struct version *shared = look_shared(l, name);
    if (shared)
        return represent(l, w, name, shared, ret);
    AUTO_CLOSE int fd = look_open(l, name, &o);
    if (fd == -EAGAIN)
        return false;
    if (fd >= 0 && S_ISDIR(o.st.st_mode))
        return find_folder(l, w, TAKE_FD(fd), o.kind, ret);
    if (fd >= 0)
        return represent(l, w, name, look_version(l, name, TAKE_FD(fd), &o), ret);
    *ret = fail_by(fd);
    return true;
}
