/* HTTP/1.1 and 1.0 (RFC 9112). */
#include "base/text.h"
#include "http/conditions.h"
#include "http/digest.h"
#include "http/disposition.h"
#include "http/head.h"
#include "http/names.h"
#include "site/fields.h"
#include "wire/wire.h"

static bool last_word_is_http(struct slice line)
{
    while (line.n > 0 && line.p[line.n - 1] == ' ')
        line.n--;
    const char *space = memrchr(line.p, ' ', line.n);
    return space && slice_starts(slice_from(line, (size_t)(space - line.p) + 1), SLICE("HTTP/"));
}

/* A line that begins with a known method and a space, or whose last word begins with "HTTP/", is HTTP,
 * however wrong the rest is. An empty line may precede it (RFC 9112 2.2), and several make it a request
 * that is refused; empty lines without a request are an empty name. */
static enum recognised recognise(struct slice first, bool no_more)
{
    struct slice line = first;
    while (slice_starts(line, SLICE("\r\n")))
        line = slice_from(line, 2);
    if (request_starts_with_method(line) != METHOD_UNKNOWN)
        return RECOGNISED;
    const char *newline = memchr(line.p, '\n', line.n);
    if (newline) {
        line.n = (size_t)(newline - line.p);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
    } else if (!no_more && first.n < REQUEST_LINE_MAX) {
        return RECOGNISED_MAYBE;
    }
    return last_word_is_http(line) ? RECOGNISED : RECOGNISED_NOT;
}

static enum next feed(struct exchange *x, struct slice in, bool no_more)
{
    (void)no_more; /* a client that ends its side within a head gets no answer */
    x->in = in;
    switch (request_parse(&x->request, in)) {
    case PARSE_MORE:
        return NEXT_MORE;
    case PARSE_BAD:
        return exchange_refuse(x, x->request.bad_status);
    case PARSE_DONE:
        return exchange_ask(x, in);
    }
    __builtin_unreachable();
}

/* Some clients end a request with an extra line end, which is not a request yet (RFC 9112 2.2). */
static bool is_idle(struct slice in)
{
    return slice_eq(in, SLICE("\r\n"));
}

/* Tells a client that waits for it to send its body: otherwise it would be unclear whether the body still
 * comes (RFC 9110 10.1.1). Not for a body that is empty, or refused as too large. */
static struct slice invite(const struct exchange *x, struct slice in)
{
    struct body empty;
    struct slice none;
    size_t n;
    body_init(&empty, &x->request, x->sink->most);
    bool waits = x->request.expect_continue && in.n == x->request.head_len &&
                 body_next(&empty, SLICE(""), &n, &none) == PARSE_MORE;
    return waits ? SLICE("HTTP/1.1 100 Continue\r\n\r\n") : SLICE("");
}

static enum next body(struct exchange *x, struct body *b, struct slice in, size_t *ret_used)
{
    struct slice payload;
    size_t framing, taken;
    *ret_used = 0;
    for (;;) {
        enum parse p = body_next(b, slice_from(in, *ret_used), &framing, &payload);
        *ret_used += framing;
        if (p == PARSE_BAD)
            return exchange_refuse(x, b->bad_status);
        if (p == PARSE_DONE)
            return exchange_body_ended(x);
        if (payload.n == 0)
            return NEXT_BODY;
        enum next next = exchange_take(x, payload, &taken);
        body_took(b, taken);
        *ret_used += taken;
        if (next != NEXT_BODY)
            return next;
    }
}

static void add_vary(struct buf *out, unsigned vary)
{
    static const struct slice names[] = {
        [VARY_ACCEPT] = SLICE("Vary: Accept\r\n"),
        [VARY_ACCEPT_ENCODING] = SLICE("Vary: Accept-Encoding\r\n"),
        [VARY_ACCEPT | VARY_ACCEPT_ENCODING] = SLICE("Vary: Accept, Accept-Encoding\r\n"),
    };
    buf_add(out, names[vary]);
}

static void add_text(struct buf *out, struct slice name, const char *value)
{
    if (value && *value)
        head_text(out, name, slice_of(value));
}

/* The part of the head that is the same in all full answers of one version. */
static void add_representation(const struct exchange *x, struct buf *out)
{
    const struct response *r = &x->response;
    if (r->type) {
        buf_add(out, SLICE("Content-Type: "));
        buf_add(out, slice_of(r->type));
        buf_add(out, r->utf8 ? SLICE("; charset=utf-8\r\n") : SLICE("\r\n"));
    }
    if (r->has_ranges)
        buf_add(out, SLICE("Accept-Ranges: bytes\r\n"));
    add_text(out, SLICE("Content-Security-Policy"), r->policy);
    add_text(out, SLICE("Content-Encoding"), r->coding);
    if (r->modified != 0)
        add_text(out, SLICE("Last-Modified"), date_text(&x->cache->modified, r->modified));
    add_text(out, SLICE("ETag"), r->etag);
    add_text(out, SLICE("Cache-Control"), r->caching);
    if (r->described_by.n > 0) {
        buf_add(out, SLICE("Link: <"));
        percent_add(out, r->described_by, false);
        buf_add(out, SLICE("?format=metalink"));
        if (r->etag[0] == '"') { /* the hashes of this version, or none */
            buf_add(out, SLICE("&of="));
            percent_add(out, etag_inside(slice_of(r->etag)), false);
        }
        buf_add(out, SLICE(">; rel=describedby; type=\"application/metalink4+xml\"\r\n"));
    }
}

static void add_digests(const struct response *r, struct buf *out)
{
    char text[DIGEST_TEXT_MAX];
    if (r->repr_digest)
        head_text(out, SLICE("Repr-Digest"), digest_format(r->repr_digest, text));
    if (r->content_digest)
        head_text(out, SLICE("Content-Digest"), digest_format(r->content_digest, text));
    if (r->old_digest)
        head_text(out, SLICE("Digest"), digest_format_old(r->old_digest, text));
}

static void add_rest(const struct exchange *x, struct buf *out)
{
    const struct response *r = &x->response;
    if (r->location.n > 0)
        head_text(out, SLICE("Location"), r->location);
    if (r->tells_methods)
        head_text(out, SLICE("Allow"),
                  r->takes_names ? SLICE("GET, HEAD, OPTIONS, POST, QUERY") : SLICE("GET, HEAD, OPTIONS"));
    if (r->takes_names)
        head_text(out, SLICE("Accept-Query"), SLICE(NAMES_TYPE));
    if (r->is_preflight)
        fields_add_preflight(out, x->cache->site->fields);
    if (r->later)
        head_text(out, SLICE("Retry-After"), SLICE("1"));
    if (r->is_part)
        head_content_range(out, r->part_off, r->length, r->whole);
    if (r->status == 416)
        head_unsatisfied_range(out, r->whole);
}

/* The end of the head. 204 and 304 have no length (RFC 9110 8.6). */
static void add_length(const struct exchange *x, struct buf *out)
{
    const struct response *r = &x->response;
    if (r->length != SOURCE_LENGTH_UNKNOWN && r->status != 204 && r->status != 304)
        head_number(out, SLICE("Content-Length"), r->length);
    else if (r->length == SOURCE_LENGTH_UNKNOWN && !x->request.http_1_0)
        buf_add(out, SLICE("Transfer-Encoding: chunked\r\n"));
    head_end_line(out);
}

static void add_kept(const struct exchange *x, struct buf *out)
{
    struct buf *kept = x->response.kept;
    if (buf_len(kept) > 0) {
        buf_add(out, buf_slice(kept));
        return;
    }
    size_t from = buf_len(out);
    add_representation(x, out);
    add_length(x, out);
    if (out->failed)
        return;
    struct slice said = slice_from(buf_slice(out), from);
    *kept = buf_new(said.n);
    buf_add(kept, said);
}

static void plan_body(const struct exchange *x, struct framing *f)
{
    const struct response *r = &x->response;
    if (r->is_head || !r->content)
        return;
    f->body = r->length != SOURCE_LENGTH_UNKNOWN ? BODY_LENGTH
              : x->request.http_1_0              ? BODY_TO_END
                                                 : BODY_CHUNKED;
    f->left = r->length;
}

static void frame(const struct exchange *x, struct framing *f, struct buf *out)
{
    const struct request *q = &x->request;
    const struct response *r = &x->response;
    struct slice fields = site_cache_fields(x->cache);
    bool understood = q->framing == FRAMING_NONE && q->bad_status == 0 && r->status != 400;
    /* HTTP/1.0 has no chunks: the end of the connection is the end of the body. */
    bool ends = q->http_1_0 && r->length == SOURCE_LENGTH_UNKNOWN;
    /* After a body that was not read, or a request that was not understood, the next request cannot be
     * found. */
    f->keep_alive = q->keep_alive && understood && !ends && !x->cache->ending;
    f->was_last = q->bad_status == 0 && !q->keep_alive && q->framing == FRAMING_NONE;
    plan_body(x, f);
    head_begin(out, r->status, fields);
    out->failed |= x->cache->fields.failed;
    if (!f->keep_alive)
        buf_add(out, SLICE("Connection: close\r\n"));
    else if (q->http_1_0)
        buf_add(out, SLICE("Connection: keep-alive\r\n"));
    if (r->vary != 0)
        add_vary(out, r->vary);
    if (r->save_as.n > 0) {
        buf_add(out, SLICE("Content-Disposition: "));
        disposition_add(out, r->save_as);
        buf_add(out, SLICE("\r\n"));
    }
    out->failed |= x->text.failed;
    if (x->wanted.digest)
        add_digests(r, out);
    if (r->kept) {
        add_kept(x, out);
        return;
    }
    add_representation(x, out);
    add_rest(x, out);
    add_length(x, out);
}

static struct wire_words words(const struct exchange *x, struct slice in)
{
    return (struct wire_words){
        .request = request_line_of(in),
        .referer = request_field(&x->request, in, FIELD_REFERER),
        .user_agent = request_field(&x->request, in, FIELD_USER_AGENT),
    };
}

const struct wire wire_http1 = {
    .name = "http",
    .recognise = recognise,
    .feed = feed,
    .is_idle = is_idle,
    .invite = invite,
    .body = body,
    .frame = frame,
    .words = words,
};
