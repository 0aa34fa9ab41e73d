/* Reads an HTTP request: finds out what is wanted. */
#include "content/web.h"
#include "http/digest.h"
#include "http/names.h"
#include "http/prefer.h"
#include "http/query.h"
#include "http/url.h"
#include "site/exchange.h"
#include "site/listing_ask.h"

/* How long it waits for a digest at most, however long the client would. */
#define WAIT_SECONDS 60
/* The fields that ask for a digest. */
#define ASKS_DIGEST (1u << FIELD_WANT_REPR_DIGEST | 1u << FIELD_WANT_CONTENT_DIGEST | 1u << FIELD_WANT_DIGEST)

static enum archive_format archive_format_of(struct slice query)
{
    char room[8];
    struct slice format;
    if (!query_get(query, SLICE("archive"), room, sizeof room, &format))
        return ARCHIVE_FORMAT_NONE;
    return slice_eq(format, SLICE("tar"))   ? ARCHIVE_FORMAT_TAR
           : slice_eq(format, SLICE("zip")) ? ARCHIVE_FORMAT_ZIP
                                            : ARCHIVE_FORMAT_NONE;
}

/* ?download disables content negotiation. */
static void negotiate(struct exchange *x)
{
    struct wanted *w = &x->wanted;
    char room[1024];
    w->negotiated = x->cache->site->precompressed && !x->download;
    if (w->negotiated)
        w->codings =
            coding_order_of(request_list_field(&x->request, x->in, FIELD_ACCEPT_ENCODING, room, sizeof room));
}

/* The host of an absolute target overrides the field (RFC 9112 3.2.2). */
static struct slice host_of(const struct exchange *x, const struct target *target)
{
    return target->authority.n > 0 ? target->authority : request_field(&x->request, x->in, FIELD_HOST);
}

static bool is_for_us(const struct exchange *x, const struct target *target)
{
    const struct hosts *hosts = &x->cache->site->hosts;
    return hosts_take_all(hosts) || hosts_take(hosts, &x->cache->host, host_of(x, target));
}

/* For the addresses in a Metalink. */
static void keep_host(struct exchange *x, const struct target *target)
{
    struct wanted *w = &x->wanted;
    struct slice host = host_of(x, target);
    w->host_len = host.n <= sizeof w->host ? host.n : 0;
    if (w->host_len > 0)
        memcpy(w->host, host.p, host.n);
}

/* ?format=metalink, with &of=TAG for those of one version */
static __attribute__((noinline)) void read_metalink(struct exchange *x, const struct target *target)
{
    struct wanted *w = &x->wanted;
    char room[16];
    struct slice format, of;
    w->metalink = query_get(target->query, SLICE("format"), room, sizeof room, &format) &&
                  slice_eq(format, SLICE("metalink"));
    if (!w->metalink)
        return;
    w->of_len = query_get(target->query, SLICE("of"), w->of, sizeof w->of, &of) ? of.n : 0;
    keep_host(x, target);
}

/* ?format=mtree or metalink, of a folder */
static enum tree_format read_tree(struct exchange *x, const struct target *target)
{
    char room[16];
    struct slice format;
    if (!query_get(target->query, SLICE("format"), room, sizeof room, &format))
        return TREE_FORMAT_NONE;
    if (slice_eq(format, SLICE("mtree")))
        return TREE_FORMAT_MTREE;
    if (!slice_eq(format, SLICE("metalink")))
        return TREE_FORMAT_NONE;
    keep_host(x, target);
    return TREE_FORMAT_METALINK;
}

/* Which digests it asks for, and whether it waits for them. Not inline: its room would cost every request. */
static __attribute__((noinline)) void read_digests(struct exchange *x)
{
    const struct request *r = &x->request;
    struct wanted *w = &x->wanted;
    char room[512];
    x->digests.repr =
        digest_is_wanted(request_list_field(r, x->in, FIELD_WANT_REPR_DIGEST, room, sizeof room));
    x->digests.old = digest_is_wanted_old(request_list_field(r, x->in, FIELD_WANT_DIGEST, room, sizeof room));
    x->digests.content =
        digest_is_wanted(request_list_field(r, x->in, FIELD_WANT_CONTENT_DIGEST, room, sizeof room));
    w->digest = x->digests.repr || x->digests.old || x->digests.content;
    unsigned wait = prefer_wait(request_list_field(r, x->in, FIELD_PREFER, room, sizeof room));
    x->wait_until = *x->cache->clock + (wait < WAIT_SECONDS ? wait : WAIT_SECONDS) * UINT64_C(1000);
}

/* No file name contains a slash. Decoded as one between names, an escaped slash would give a name further
 * addresses, from which a page's relative links lead elsewhere. */
static bool has_escaped_slash(struct slice path)
{
    for (const char *at; (at = memchr(path.p, '%', path.n)); path = slice_from(path, 1)) {
        path = slice_from(path, (size_t)(at - path.p));
        if (path.n >= 3 && path.p[1] == '2' && ascii_lower(path.p[2]) == 'f')
            return true;
    }
    return false;
}

bool exchange_likes_gzip(const struct exchange *x)
{
    char room[1024];
    struct coding_order order =
        coding_order_of(request_list_field(&x->request, x->in, FIELD_ACCEPT_ENCODING, room, sizeof room));
    size_t i = 0;
    while (order.at[i] != CODING_GZIP && order.at[i] != CODING_IDENTITY)
        i++;
    return order.at[i] == CODING_GZIP;
}

/* False if it is not a request for one of the page's own files. */
static bool find_web_file(struct exchange *x, struct slice query)
{
    char room[64];
    struct slice name;
    if (!query_get(query, SLICE(WEB_PARAMETER), room, sizeof room, &name))
        return false;
    bool gzip = exchange_likes_gzip(x);
    struct source *s = source_open_web(name, gzip);
    x->found = (struct found){.status = 404, .varies = true};
    if (s)
        x->found = (struct found){.status = 200, .source = s, .varies = true};
    if (s && gzip)
        x->found.coding = CODING_GZIP;
    return true;
}

/* For those that do not know QUERY yet, POST is the same. */
static bool may_send_names(enum method m)
{
    return m == METHOD_QUERY || m == METHOD_POST;
}

/* A body with names of files below a folder (RFC 10008). */
static __attribute__((noinline)) void expect_names(struct exchange *x)
{
    const struct wanted *w = &x->wanted;
    if (w->name_len == 0 || w->name[w->name_len - 1] != '/')
        x->found.status = 405;
    else if (request_field_count(&x->request, FIELD_CONTENT_TYPE) != 1 ||
             !names_is_type(request_field(&x->request, x->in, FIELD_CONTENT_TYPE)))
        x->found.status = 415;
    else
        x->wanted.names = &x->names;
}

void exchange_read(struct exchange *x)
{
    const struct request *r = &x->request;
    struct wanted *w = &x->wanted;
    struct target target;
    if (r->method == METHOD_UNKNOWN)
        x->found.status = 501;
    else if (r->method == METHOD_OPTIONS)
        x->found.status = 204;
    else if (r->method != METHOD_GET && r->method != METHOD_HEAD && !may_send_names(r->method))
        x->found.status = 405;
    else if (!url_split_target(request_target(r, x->in), &target))
        x->found.status = 400;
    else if (!is_for_us(x, &target))
        x->found.status = 421;
    else if (!url_decode(target.path, w->name, sizeof w->name, &w->name_len))
        /* Either it is too long for a name, or its encoding is invalid. */
        x->found.status = target.path.n >= sizeof w->name ? 404 : 400;
    else if (w->name_len < target.path.n && has_escaped_slash(target.path))
        x->found.status = 404;
    if (x->found.status == 0 && may_send_names(r->method))
        expect_names(x);
    if (x->found.status != 0)
        return;
    w->described = true;
    w->is_address = true;
    w->archive = ARCHIVE_FORMAT_NONE;
    if (r->fields & ASKS_DIGEST)
        read_digests(x);
    if (w->names) /* whatever the query says */
        return;
    if (w->name_len == 0 || w->name[w->name_len - 1] == '/') { /* otherwise it cannot be a folder's listing */
        w->listing = listing_ask(r, x->in, target.query);
        w->archive = archive_format_of(target.query);
        w->tree = read_tree(x, &target);
    } else if (target.has_query) {
        read_metalink(x, &target);
    }
    if (wanted_name(w).n == 0 && find_web_file(x, target.query))
        return;
    char room[8];
    struct slice ignored;
    x->download = target.has_query && query_get(target.query, SLICE("download"), room, sizeof room, &ignored);
    w->render = target.has_query && query_get(target.query, SLICE("render"), room, sizeof room, &ignored);
    negotiate(x);
}
