/* The HTTP dialect: from what was found to a response. */
#include "base/text.h"
#include "content/error_page.h"
#include "content/gzip.h"
#include "content/multipart.h"
#include "http/accept.h"
#include "http/conditions.h"
#include "http/disposition.h"
#include "http/range.h"
#include "http/response.h"
#include "http/url.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "site/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

/* After merging. Whoever asks for more has an attack in mind, or a file for which the whole is cheaper. */
#define RANGES_MAX MULTIPART_MAX

static const char *next_step(int status)
{
    switch (status) {
    case 403:
        return "This may not be had.\n";
    case 404:
        return "There is no such file here.\n";
    case 405:
        return "Only GET, HEAD and OPTIONS are answered here.\n";
    case 408:
        return "The request did not come whole in time.\n";
    case 413:
        return "A request with so much behind it is not read here.\n";
    case 414:
        return "A request line may have 8,192 bytes.\n";
    case 416:
        return "The range lies outside of the file.\n";
    case 421:
        return "This server does not go by the name in the address. To let it: ferry serve --allow-host "
               "NAME\n";
    case 431:
        return "A request head may have 100 fields and 32,768 bytes.\n";
    case 503:
        return "The server has no memory, descriptor, thread or turn left for this: try again later.\n";
    case 507:
        return "There is too much in that folder for one such archive. A tar holds more than a zip.\n";
    default:
        return "";
    }
}

/* A browser saves an archive under the folder's name, and with ?download a file under its own. */
static void add_disposition(struct exchange *x)
{
    bool is_archive = x->found.archive != ARCHIVE_FORMAT_NONE;
    if (!is_archive && (!x->download || x->source->length == SOURCE_LENGTH_UNKNOWN))
        return;
    struct buf name = buf_new(PATH_MAX + 4);
    buf_add(&name, is_archive ? archive_title(wanted_name(&x->wanted)) : wanted_name(&x->wanted));
    if (is_archive)
        buf_add(&name, x->found.archive == ARCHIVE_FORMAT_TAR ? SLICE(".tar") : SLICE(".zip"));
    buf_add(&x->out, SLICE("Content-Disposition: "));
    disposition_add(&x->out, buf_slice(&name));
    buf_add(&x->out, SLICE("\r\n"));
    x->out.failed |= name.failed;
    buf_free(&name);
}

static void begin(struct exchange *x, int status)
{
    const struct request *r = &x->request;
    struct shard *shard = x->conn->shard;
    /* What follows a body that we do not read, or a request that we do not understand, cannot be told apart.
     */
    x->keep_alive = r->keep_alive && r->framing == FRAMING_NONE && r->bad_status == 0 && status != 400 &&
                    !shard->draining;
    x->status = status;
    response_begin(&x->out, status, site_cache_fields(&shard->cache));
    x->out.failed |= shard->cache.fields.failed;
    if (!x->keep_alive)
        buf_add(&x->out, SLICE("Connection: close\r\n"));
    else if (r->http_1_0)
        buf_add(&x->out, SLICE("Connection: keep-alive\r\n"));
    if (x->found.varies)
        buf_add(&x->out, SLICE("Vary: Accept-Encoding\r\n"));
    if (status == 200 || status == 206)
        add_disposition(x);
}

/* The body of `length` bytes that follows unless this is HEAD. */
static void plan_body(struct exchange *x, uint64_t length)
{
    if (x->request.method == METHOD_HEAD)
        return;
    x->body = BODY_LENGTH;
    x->body_left = length;
}

/* The end of the head, and what follows. */
static void end_with_length(struct exchange *x, uint64_t length)
{
    response_number(&x->out, SLICE("Content-Length"), length);
    response_end(&x->out);
    plan_body(x, length);
}

/* Of a page that is ours. */
static void add_policy(struct exchange *x)
{
    if (x->source->policy && !x->conn->shard->server->site.policy_given)
        response_text(&x->out, SLICE("Content-Security-Policy"), slice_of(x->source->policy));
}

static const struct slice methods = SLICE("GET, HEAD, OPTIONS");

/* What may be done here is the same for every name, so OPTIONS need not look whether there is one (RFC
 * 9110 9.3.7). */
static void answer_options(struct exchange *x)
{
    begin(x, 204);
    response_text(&x->out, SLICE("Allow"), methods);
    const struct server *server = x->conn->shard->server;
    if (server->site.cors)
        fields_add_preflight(&x->out, server->site.fields);
    response_end(&x->out);
}

/* A browser wants HTML more than text, curl either. */
static bool prefers_page(const struct exchange *x, struct slice in)
{
    char room[1024];
    struct slice accept = request_list_field(&x->request, in, FIELD_ACCEPT, room, sizeof room);
    return accept_quality(accept, SLICE("text/html")) > accept_quality(accept, SLICE("text/plain"));
}

/* NULL when memory ran out. */
static struct source *open_error(const struct exchange *x, struct slice in, int status)
{
    struct slice said = response_status(status);
    struct slice why = slice_of(x->found.why ? x->found.why : next_step(status));
    if (prefers_page(x, in)) {
        struct target target;
        bool split = x->request.bad_status == 0 && url_split_target(request_target(&x->request, in), &target);
        return source_open_error_page(&(struct error_page){
            .status = said,
            .why = why,
            .path = split ? target.path : SLICE(""),
            .look = &x->conn->shard->server->site.look,
        });
    }
    char text[256];
    int n = snprintf(text, sizeof text, "%.*s\n%.*s", (int)said.n, said.p, (int)why.n, why.p);
    return source_open_memory((struct slice){text, (size_t)n}, "text/plain; charset=utf-8");
}

static void answer_error(struct exchange *x, struct slice in, int status, uint64_t size)
{
    struct slice vary = x->found.varies ? SLICE("Accept, Accept-Encoding") : SLICE("Accept");
    x->source = open_error(x, in, status);
    x->found.varies = false;
    begin(x, status);
    response_text(&x->out, SLICE("Vary"), vary);
    if (status == 405)
        response_text(&x->out, SLICE("Allow"), methods);
    if (status == 416)
        response_unsatisfied_range(&x->out, size);
    if (status == 503)
        response_text(&x->out, SLICE("Retry-After"), SLICE("1"));
    if (x->source) {
        response_text(&x->out, SLICE("Content-Type"), slice_of(x->source->type));
        add_policy(x);
    }
    end_with_length(x, x->source ? x->source->length : 0); /* Without it the status line is the message. */
}

/* A folder's address, as seen from the one that was asked for: each part in front of the last is a way up. */
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

/* What caches are told of whatever has a validator, unless it has words of its own: ask before you use it
 * again. Without it they make a guess, of years where a file is old, and show yesterday's. Nothing where the
 * operator's fields say how long it may be kept. */
static void add_caching(struct exchange *x, const char *own)
{
    const struct site *site = &x->conn->shard->server->site;
    if (!site->caching_given && (own || !site->expires_given))
        response_text(&x->out, SLICE("Cache-Control"), slice_of(own ? own : "no-cache"));
}

/* To a folder's one address. Relative to this one, which is right on whatever host and port, and below
 * whatever path of a proxy, the client asks us; and it can never be another host. */
static void answer_redirect(struct exchange *x, struct slice in)
{
    struct target target;
    begin(x, 301);
    buf_add(&x->out, SLICE("Location: "));
    add_folder_address(&x->out, (struct slice){x->wanted.name, x->wanted.name_len});
    if (url_split_target(request_target(&x->request, in), &target) && target.has_query) {
        buf_add(&x->out, SLICE("?"));
        buf_add(&x->out, target.query);
    }
    buf_add(&x->out, SLICE("\r\n"));
    add_caching(x, NULL); /* The name may be a file's tomorrow. */
    end_with_length(x, 0);
}

/* 0 when it is none. What wants its trees to be the same everywhere (nix, ostree, flatpak) gives each file
 * the first or the second moment that there is: two versions with one date. */
static time_t real_time(const struct source *s)
{
    bool real = s->modified > 1 || (s->modified < 0 && date_has_text(s->modified));
    return real ? s->modified : 0;
}

static void add_validators(struct exchange *x)
{
    const struct source *s = x->source;
    struct shard *shard = x->conn->shard;
    time_t modified = real_time(s);
    if (modified != 0) {
        time_t now = site_cache_date(&shard->cache);
        /* A file may come from the future, a response may not say so (RFC 9110 8.8.2.1). */
        const char *date = date_text(&shard->cache.modified, modified < now ? modified : now);
        response_text(&x->out, SLICE("Last-Modified"), slice_of(date));
    }
    if (s->etag[0])
        response_text(&x->out, SLICE("ETag"), slice_of(s->etag));
    if (s->cache || modified != 0 || s->etag[0])
        add_caching(x, s->cache);
}

/* A line of a head, or none. */
static void add_coding(struct buf *out, const struct found *f)
{
    if (f->coding != CODING_IDENTITY)
        response_text(out, SLICE("Content-Encoding"), slice_of(coding_name(f->coding)));
}

/* A listing is compressed for who likes that: by gzip alone, which everybody knows. zstd and brotli would
 * take a tenth off that, for a MiB and more of memory for each reader. */
static void compress(struct exchange *x, struct slice in)
{
    struct source *s = http_likes_gzip(x, in) ? source_open_gzip(x->source) : NULL;
    if (!s) /* Where there was no memory for it, it is right as it is, too. */
        return;
    x->source = x->found.source = s;
    x->found.coding = CODING_GZIP;
}

static void answer_stream(struct exchange *x, struct slice in)
{
    const struct request *r = &x->request;
    /* HTTP/1.0 knows no chunks: the end of the connection is the end of the body. */
    x->request.keep_alive = r->keep_alive && !r->http_1_0;
    bool is_listing = x->found.archive == ARCHIVE_FORMAT_NONE;
    if (is_listing)
        compress(x, in);
    begin(x, 200);
    response_text(&x->out, SLICE("Content-Type"), slice_of(x->source->type));
    add_policy(x);
    add_coding(&x->out, &x->found);
    if (is_listing)
        buf_add(&x->out, SLICE("Vary: Accept, Accept-Encoding\r\n"));
    if (!r->http_1_0)
        buf_add(&x->out, SLICE("Transfer-Encoding: chunked\r\n"));
    response_end(&x->out);
    if (r->method == METHOD_HEAD)
        return;
    x->body = r->http_1_0 ? BODY_TO_END : BODY_CHUNKED;
    x->body_left = SOURCE_LENGTH_UNKNOWN;
}

static const char *charset_of(const struct found *f)
{
    return f->utf8 ? "; charset=utf-8" : "";
}

/* Of a file, or of one part of it. */
static void describe(struct exchange *x)
{
    buf_add(&x->out, SLICE("Content-Type: "));
    buf_add(&x->out, slice_of(x->source->type));
    buf_add(&x->out, slice_of(charset_of(&x->found)));
    buf_add(&x->out, SLICE("\r\nAccept-Ranges: bytes\r\n"));
    add_policy(x);
    add_coding(&x->out, &x->found);
    add_validators(x);
}

/* Where stands what the head of all of this version says behind the fields of every answer; empty: nowhere
 * yet. NULL: it may not be kept. Not with a date that is in the future, which is given as now. */
static struct buf *head_end(const struct exchange *x)
{
    const struct source *s = x->source;
    return s->modified < site_cache_date(&x->conn->shard->cache) ? s->head_end : NULL;
}

static void answer_whole(struct exchange *x)
{
    begin(x, 200);
    struct buf *kept = head_end(x);
    if (kept && buf_len(kept) > 0) {
        buf_add(&x->out, buf_slice(kept));
        plan_body(x, x->source->length);
        return;
    }
    size_t from = buf_len(&x->out);
    describe(x);
    end_with_length(x, x->source->length);
    if (kept && !x->out.failed) {
        struct slice said = slice_from(buf_slice(&x->out), from);
        *kept = buf_new(said.n);
        buf_add(kept, said);
    }
}

static void answer_part(struct exchange *x, const struct range *part)
{
    struct source *s = x->source;
    begin(x, 206);
    describe(x);
    response_content_range(&x->out, part->off, part->len, s->length);
    s->position = part->off;
    end_with_length(x, part->len);
}

/* multipart/byteranges (RFC 9110 14.6). The boundary must not stand in any part: 128 random bits do not. An
 * empty line stands in front of the first one, too, as other servers have it: zsync knows no other form. */
static struct source *open_parts(const struct found *found, const struct range *parts, size_t n)
{
    struct source *whole = found->source;
    uint64_t random[2];
    char boundary[40], type[128];
    struct piece pieces[RANGES_MAX];
    struct buf heads = buf_new(RANGES_MAX * 512);
    size_t ends[RANGES_MAX];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return NULL;
    snprintf(boundary, sizeof boundary, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    snprintf(type, sizeof type, "multipart/byteranges; boundary=%s", boundary);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&heads, "\r\n--%s\r\nContent-Type: %s%s\r\n", boundary, whole->type, charset_of(found));
        add_coding(&heads, found); /* It is of the parts: the message itself is not encoded. */
        response_content_range(&heads, parts[i].off, parts[i].len, whole->length);
        response_end(&heads);
        ends[i] = buf_len(&heads);
    }
    buf_printf(&heads, "\r\n--%s--\r\n", boundary);
    struct slice text = buf_slice(&heads);
    for (size_t i = 0, at = 0; i < n; at = ends[i++])
        pieces[i] = (struct piece){parts[i].off, parts[i].len, {text.p + at, ends[i] - at}};
    struct source *s =
        heads.failed ? NULL : source_open_multipart(whole, pieces, n, slice_from(text, ends[n - 1]), type);
    buf_free(&heads);
    return s;
}

static void answer_parts(struct exchange *x, const struct range *parts, size_t n)
{
    struct source *s = open_parts(&x->found, parts, n);
    if (!s) { /* The whole is an answer, too (RFC 9110 14.2). */
        answer_whole(x);
        return;
    }
    x->source = s;
    begin(x, 206);
    response_text(&x->out, SLICE("Content-Type"), slice_of(s->type));
    buf_add(&x->out, SLICE("Accept-Ranges: bytes\r\n"));
    add_validators(x);
    end_with_length(x, s->length);
}

static void answer_content(struct exchange *x, struct slice in)
{
    const struct request *r = &x->request;
    const struct source *s = x->source;
    if (s->length == SOURCE_LENGTH_UNKNOWN) {
        answer_stream(x, in);
        return;
    }
    char match[2048], none_match[2048];
    struct conditions conditions = {
        .if_match = request_list_field(r, in, FIELD_IF_MATCH, match, sizeof match),
        .if_none_match = request_list_field(r, in, FIELD_IF_NONE_MATCH, none_match, sizeof none_match),
        .if_modified_since = request_field(r, in, FIELD_IF_MODIFIED_SINCE),
        .if_unmodified_since = request_field(r, in, FIELD_IF_UNMODIFIED_SINCE),
        .if_range = request_field(r, in, FIELD_IF_RANGE),
    };
    struct validators validators = {slice_of(s->etag), real_time(s), site_cache_date(&x->conn->shard->cache),
                                    s->changed};
    switch (conditions_evaluate(&conditions, &validators)) {
    case CONDITION_NOT_MODIFIED:
        begin(x, 304);
        add_validators(x);
        response_end(&x->out);
        return;
    case CONDITION_FAILED:
        answer_error(x, in, 412, 0);
        return;
    case CONDITION_PROCEED:
        break;
    }
    struct slice field = request_field(r, in, FIELD_RANGE);
    struct range parts[RANGES_MAX];
    size_t n = 0;
    enum range_result result = RANGE_NONE;
    /* Two fields are no right list, and which one is meant nobody can say. */
    if (request_field_count(r, FIELD_RANGE) == 1 && r->method == METHOD_GET &&
        conditions_range_allowed(&conditions, &validators))
        result = range_parse(field, s->length, parts, RANGES_MAX, &n);
    switch (result) {
    case RANGE_UNSATISFIABLE:
        answer_error(x, in, 416, s->length);
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

void http_answer(struct exchange *x, struct slice in)
{
    x->source = x->found.source;
    if (x->found.status == 200)
        answer_content(x, in);
    else if (x->found.status == 204)
        answer_options(x);
    else if (x->found.status == 301)
        answer_redirect(x, in);
    else
        answer_error(x, in, x->found.status, 0);
}
