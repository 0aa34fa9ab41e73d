/* Makes the response from what was found, considering the request's conditions and ranges. */
#include "site/respond.h"

#include "base/text.h"
#include "http/conditions.h"
#include "http/date.h"
#include "http/range.h"
#include "http/url.h"

#include "content/gzip.h"
#include "content/multipart.h"

/* After merging. A client that asks for more is an attacker, or would be better served with the whole
 * file. */
#define RANGES_MAX MULTIPART_MAX

/* All of the content, from its beginning. */
static void send_whole(struct response *r, struct source *content)
{
    r->content = content;
    r->length = content->length;
}

/* The name under which a client saves it: an archive or a Metalink of a folder under the folder's name, and
 * with ?download a file under its own. A Metalink never under that of its file, which the client fetches
 * next. */
static void name_what_is_saved(struct exchange *x)
{
    enum source_kind kind = x->found.source->kind;
    bool is_tree = x->wanted.tree == TREE_FORMAT_METALINK, is_metalink = x->wanted.metalink || is_tree;
    bool is_archive = kind == SOURCE_ARCHIVE;
    if (!is_archive && !is_metalink && (!x->download || kind == SOURCE_LISTING))
        return;
    buf_add(&x->text,
            is_archive || is_tree ? archive_title(wanted_name(&x->wanted)) : wanted_name(&x->wanted));
    if (is_archive)
        buf_add(&x->text, x->found.archive == ARCHIVE_FORMAT_TAR ? SLICE(".tar") : SLICE(".zip"));
    if (is_metalink)
        buf_add(&x->text, SLICE(".meta4"));
    x->response.save_as = buf_slice(&x->text);
}

/* Cache-Control of an answer with a validator, unless it has a value of its own: ask again before using a
 * copy. Without it caches guess, for old files by years. NULL if the operator's fields say how long it may
 * be kept. */
static const char *caching_of(const struct exchange *x, const char *own)
{
    const struct site *site = x->cache->site;
    if (site->caching_given || (!own && site->expires_given))
        return NULL;
    return own ? own : "no-cache";
}

/* The policy of our own pages. */
static const char *policy_of(const struct exchange *x, const struct source *s)
{
    return x->cache->site->policy_given ? NULL : s->policy;
}

static const char *coding_of(const struct found *f)
{
    return f->coding == CODING_IDENTITY ? NULL : coding_name(f->coding);
}

/* Whether the target is a folder's address, or stands for the whole server (*): of these, several files can
 * be asked for at once. */
static bool takes_names(const struct exchange *x)
{
    struct target target;
    struct slice whole = request_target(&x->request, x->in);
    if (slice_eq(whole, SLICE("*")))
        return true;
    return url_split_target(whole, &target) && target.path.p[target.path.n - 1] == '/';
}

/* Whether the answer is about what may be sent. */
static bool is_about_requests(int status)
{
    return status == 405 || status == 415 || status == 422;
}

static void answer_error(struct exchange *x, int status, uint64_t size)
{
    struct response *r = &x->response;
    struct source *text = refuse(x, status);
    *r = (struct response){
        .status = status,
        .is_head = x->request.method == METHOD_HEAD,
        .vary = VARY_ACCEPT | (x->found.varies ? VARY_ACCEPT_ENCODING : 0),
        .tells_methods = status == 405,
        .takes_names = is_about_requests(status) && takes_names(x),
        .later = status == 503,
        .whole = size,
    };
    if (!text) /* no memory is left: the status must be enough */
        return;
    send_whole(r, text);
    r->type = text->type;
    r->policy = policy_of(x, text);
}

/* Adds a folder's address, relative to the requested one: each segment before the last is a way up. */
static void add_folder_address(struct buf *out, struct slice asked)
{
    struct slice rest = slice_from(asked, 1), part;
    bool ends = asked.p[asked.n - 1] == '/';
    const char *slash = memrchr(asked.p, '/', asked.n);
    if (!ends && !memmem(asked.p, asked.n, "//", 2)) {
        buf_add(out, SLICE("./"));
        rest = slice_from(asked, (size_t)(slash - asked.p) + 1);
    } else
        for (size_t i = 1; i < asked.n; i++)
            if (asked.p[i] == '/')
                buf_add(out, SLICE("../"));
    while (slice_cut(&rest, '/', &part)) {
        percent_add(out, part, false);
        buf_add(out, part.n > 0 ? SLICE("/") : SLICE(""));
    }
}

/* Redirects to a folder's only address. The Location is relative: it is right for any host and port and
 * below any proxy's path, and cannot name another host. */
static void answer_redirect(struct exchange *x)
{
    struct target target;
    add_folder_address(&x->text, (struct slice){x->wanted.name, x->wanted.name_len});
    if (url_split_target(request_target(&x->request, x->in), &target) && target.has_query) {
        buf_add(&x->text, SLICE("?"));
        buf_add(&x->text, target.query);
    }
    x->response.status = 301;
    x->response.location = buf_slice(&x->text);
    x->response.caching = caching_of(x, NULL); /* a file may have that name tomorrow */
}

/* The address alone tells which methods are allowed, so OPTIONS need not look it up (RFC 9110 9.3.7). */
static void answer_options(struct exchange *x)
{
    x->response.status = 204;
    x->response.tells_methods = true;
    x->response.takes_names = takes_names(x);
    x->response.is_preflight = x->cache->site->cors;
}

/* 0 if it is not a real time. Tools for reproducible trees (nix, ostree, flatpak) give all files the first
 * or second moment of 1970, so that two versions have one date. */
static time_t real_time(const struct source *s)
{
    bool real = s->modified > 1 || (s->modified < 0 && date_has_text(s->modified));
    return real ? s->modified : 0;
}

static void add_validators(struct exchange *x, const struct source *s)
{
    time_t modified = real_time(s), now = site_cache_date(x->cache);
    /* A file may come from the future; a response may not say so (RFC 9110 8.8.2.1). */
    x->response.modified = modified < now ? modified : now;
    x->response.etag = s->etag;
    if (s->cache || modified != 0 || s->etag[0])
        x->response.caching = caching_of(x, s->cache);
}

/* The name of the file, if a document with its hashes is worth a request of its own: not for less than a
 * piece, of which Want-Repr-Digest gives the same in the answer itself. */
static struct slice described_by(const struct exchange *x, const struct source *s)
{
    if (s->length < HASH_PIECE_BYTES)
        return SLICE("");
    struct slice name = wanted_name(&x->wanted);
    bool is_file = s->kind == SOURCE_FILE && x->found.coding == CODING_IDENTITY && name.n > 0 &&
                   name.p[name.n - 1] != '/';
    if (!is_file)
        return SLICE("");
    const char *slash = memrchr(name.p, '/', name.n);
    return slash ? slice_from(name, (size_t)(slash - name.p) + 1) : name;
}

/* Sets the fields of a file, or of a part of it. */
static void describe(struct exchange *x, const struct source *s)
{
    struct response *r = &x->response;
    r->type = s->type;
    r->utf8 = x->found.utf8;
    r->has_ranges = true;
    r->policy = policy_of(x, s);
    r->coding = coding_of(&x->found);
    r->described_by = described_by(x, s);
    add_validators(x, s);
}

/* Compresses a listing for clients that prefer that, with gzip only, which all clients know. zstd and
 * brotli would be a tenth smaller, for 1 MiB and more of memory for each reader. */
static void compress(struct exchange *x)
{
    struct source *s = exchange_likes_gzip(x) ? source_open_gzip(x->found.source) : NULL;
    if (!s) /* without memory for it, uncompressed is right, too */
        return;
    x->found.source = s;
    x->found.coding = CODING_GZIP;
    source_mark_tag(s, coding_name(CODING_GZIP));
}

#define CONDITIONS                                                                                           \
    (1u << FIELD_IF_MATCH | 1u << FIELD_IF_NONE_MATCH | 1u << FIELD_IF_MODIFIED_SINCE |                      \
     1u << FIELD_IF_UNMODIFIED_SINCE | 1u << FIELD_IF_RANGE)

/* Memory for the conditions of a request, and what they are compared with. */
struct terms {
    struct conditions conditions;
    struct validators validators;
    char match[2048], none_match[2048];
};

/* Whether the request's conditions hold. Otherwise the response is complete. */
static bool terms_hold(struct exchange *x, const struct source *s, struct terms *t)
{
    const struct request *r = &x->request;
    t->conditions = (struct conditions){0};
    if (!request_has_any(r, CONDITIONS)) /* as most */
        return true;
    t->conditions = (struct conditions){
        .if_match = request_list_field(r, x->in, FIELD_IF_MATCH, t->match, sizeof t->match),
        .if_none_match =
            request_list_field(r, x->in, FIELD_IF_NONE_MATCH, t->none_match, sizeof t->none_match),
        .if_modified_since = request_field(r, x->in, FIELD_IF_MODIFIED_SINCE),
        .if_unmodified_since = request_field(r, x->in, FIELD_IF_UNMODIFIED_SINCE),
        .if_range = request_field(r, x->in, FIELD_IF_RANGE),
    };
    t->validators =
        (struct validators){slice_of(s->etag), real_time(s), site_cache_date(x->cache), s->changed};
    switch (conditions_evaluate(&t->conditions, &t->validators)) {
    case CONDITION_NOT_MODIFIED:
        x->response.status = 304;
        add_validators(x, s);
        return false;
    case CONDITION_FAILED:
        answer_error(x, 412, 0);
        return false;
    case CONDITION_PROCEED:
        return true;
    }
    __builtin_unreachable();
}

/* The length is unknown, because it is generated while it is sent. */
static void answer_stream(struct exchange *x)
{
    struct response *r = &x->response;
    struct terms terms;
    bool is_listing = x->found.source->kind == SOURCE_LISTING;
    if (is_listing) {
        compress(x);
        r->vary = VARY_ACCEPT_ENCODING | (x->wanted.tree == TREE_FORMAT_NONE ? VARY_ACCEPT : 0);
    }
    if (x->found.source->etag[0] && !terms_hold(x, x->found.source, &terms))
        return;
    send_whole(r, x->found.source);
    r->status = 200;
    r->type = r->content->type;
    r->policy = policy_of(x, r->content);
    r->coding = coding_of(&x->found);
    if (r->content->etag[0])
        add_validators(x, r->content);
}

static void answer_whole(struct exchange *x)
{
    struct response *r = &x->response;
    struct source *s = x->found.source;
    send_whole(r, s);
    r->status = 200;
    describe(x, s);
    /* not with a date in the future, for which the current time is sent */
    r->kept = s->modified < site_cache_date(x->cache) ? s->head_end : NULL;
}

static void answer_part(struct exchange *x, const struct range *part)
{
    struct response *r = &x->response;
    struct source *s = x->found.source;
    s->position = part->off;
    r->status = 206;
    r->content = s;
    r->length = part->len;
    r->is_part = true;
    r->part_off = part->off;
    r->whole = s->length;
    describe(x, s);
}

static void answer_parts(struct exchange *x, const struct range *parts, size_t n)
{
    struct response *r = &x->response;
    struct source *s = parts_open(&x->found, parts, n);
    if (!s) { /* the whole file is a valid answer, too (RFC 9110 14.2) */
        answer_whole(x);
        return;
    }
    send_whole(r, s);
    r->status = 206;
    r->type = s->type;
    r->has_ranges = true;
    add_validators(x, s);
}

static void answer_file(struct exchange *x)
{
    const struct request *r = &x->request;
    const struct source *s = x->found.source;
    struct terms terms;
    if (!terms_hold(x, s, &terms))
        return;
    struct slice field = request_field(r, x->in, FIELD_RANGE);
    struct range parts[RANGES_MAX];
    size_t n = 0;
    enum range_result result = RANGE_NONE;
    /* Two Range fields are not a valid list, and it is unknown which one is meant. */
    if (request_field_count(r, FIELD_RANGE) == 1 && r->method == METHOD_GET &&
        conditions_range_allowed(&terms.conditions, &terms.validators))
        result = range_parse(field, s->length, parts, RANGES_MAX, &n);
    switch (result) {
    case RANGE_UNSATISFIABLE:
        answer_error(x, 416, s->length);
        return;
    case RANGE_OK:
        if (n == 1)
            answer_part(x, &parts[0]);
        else
            answer_parts(x, parts, n);
        return;
    case RANGE_NONE:
        answer_whole(x);
        return;
    }
}

/* The content of the answer is the whole representation, or a part of it. */
static void add_content_digest(struct exchange *x)
{
    struct response *r = &x->response;
    struct hash *h = x->found.hash;
    bool is_one = r->content == x->found.source && !r->is_head;
    if (!is_one || hash_broken(h))
        return;
    r->content_digest = &x->content_digest;
    if (hash_knows_range(h, r->part_off, r->length, &x->content_digest))
        return;
    r->digest_missing = r->length <= HASH_PIECE_BYTES; /* its bytes are read for the answer anyway */
    if (!r->digest_missing)
        r->content_digest = NULL;
}

void exchange_digest_part(struct exchange *x)
{
    struct response *r = &x->response;
    if (!hash_range(x->found.hash, r->part_off, r->length, &x->content_digest))
        r->content_digest = NULL;
}

static void add_digests(struct exchange *x)
{
    const struct sha256_digest *whole = hash_whole(x->found.hash);
    if (whole && !hash_broken(x->found.hash)) {
        x->digest = *whole;
        x->response.repr_digest = x->digests.repr ? &x->digest : NULL;
        x->response.old_digest = x->digests.old ? &x->digest : NULL;
    }
    if (x->digests.content)
        add_content_digest(x);
}

static void answer_content(struct exchange *x)
{
    x->response.vary = x->found.varies ? VARY_ACCEPT_ENCODING : 0;
    if (x->found.source->length == SOURCE_LENGTH_UNKNOWN)
        answer_stream(x);
    else
        answer_file(x);
    if (x->response.status != 200 && x->response.status != 206)
        return;
    name_what_is_saved(x);
    if (x->found.hash)
        add_digests(x);
}

/* A client of the plain dialect gets only bytes. */
static void answer_bare(struct exchange *x)
{
    x->response.status = x->found.status;
    if (x->found.source)
        send_whole(&x->response, x->found.source);
}

void exchange_respond(struct exchange *x)
{
    x->response.is_head = x->request.method == METHOD_HEAD;
    if (x->is_bare)
        answer_bare(x);
    else if (x->found.status == 200)
        answer_content(x);
    else if (x->found.status == 204)
        answer_options(x);
    else if (x->found.status == 301)
        answer_redirect(x);
    else
        answer_error(x, x->found.status, 0);
}
