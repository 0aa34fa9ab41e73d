/* SOURCE on the command line: which server, and which of its files. */
#include "client/remote.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "client/curl.h"
#include "http/url.h"
#include "io/sock.h"

#include <stdio.h>

/* An argument has at most 128 KiB on Linux (MAX_ARG_STRLEN); encoding can triple it. */
#define URL_TEXT_MAX (512u << 10)

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_FAILED, "out of memory");
}

/* "ftp" of "ftp://nas/a"; empty for the short form, whose NAME may contain "://". */
static struct slice scheme_of(struct slice text)
{
    size_t n = 0;
    while (n < text.n && ((ascii_lower(text.p[n]) >= 'a' && ascii_lower(text.p[n]) <= 'z') ||
                          (n > 0 && strchr("0123456789+-.", text.p[n]))))
        n++;
    return slice_starts(slice_from(text, n), SLICE("://")) ? (struct slice){text.p, n} : SLICE("");
}

char *remote_masked(const char *text)
{
    struct slice all = slice_of(text), scheme = scheme_of(all);
    size_t front = scheme.n > 0 ? scheme.n + strlen("://") : 0;
    const char *at = memrchr(text + front, '@', all.n - front);
    char *masked = malloc(all.n + sizeof "...");
    if (masked && at)
        sprintf(masked, "%.*s...%s", (int)front, text, at);
    else if (masked)
        memcpy(masked, text, all.n + 1);
    return masked;
}

/* The same for a message. */
static struct escaped show(struct slice text)
{
    AUTO_FREE char *copy = strndup(text.p, text.n);
    AUTO_FREE char *masked = copy ? remote_masked(copy) : NULL;
    return escape(slice_of(masked ? masked : ""));
}

/* False for characters with which a URL would end early or name another host. */
static bool host_ok(struct slice host)
{
    for (size_t i = 0; i < host.n; i++)
        if ((unsigned char)host.p[i] <= ' ' || host.p[i] == 0x7f || strchr("/?#@[]\\<>\"", host.p[i]))
            return false;
    return host.n > 0 && host.n < 256;
}

/* Splits "HOST[:PORT][/NAME]". */
static enum status split(struct slice text, struct slice *ret_host, uint16_t *ret_port,
                         struct slice *ret_name, struct err *e)
{
    const char *slash = memchr(text.p, '/', text.n);
    struct slice authority = {text.p, slash ? (size_t)(slash - text.p) : text.n};
    *ret_name = slice_from(text, authority.n + 1);
    /* A local path, or "http:/nas/x". */
    if (text.n > 0 && (authority.n == 0 || slice_eq(authority, SLICE(".")) ||
                       slice_eq(authority, SLICE("..")) || slice_eq(authority, SLICE("~"))))
        return err_set(
            e, STATUS_USAGE,
            "'%s' is on this machine: in front of NAME stands the server that has it (as in nas/NAME)",
            show(text).text);
    if (slice_eq_nocase(authority, SLICE("http:")) || slice_eq_nocase(authority, SLICE("https:")) ||
        slice_eq_nocase(authority, SLICE("plain:")))
        return err_set(e, STATUS_USAGE, "'%s' lacks a slash (as in http://nas/NAME)", show(text).text);
    if (!sock_split_host_port(authority, REMOTE_PORT, ret_host, ret_port) || !host_ok(*ret_host) ||
        *ret_port == 0) {
        bool secret = memchr(text.p, '@', text.n);
        return err_set(e, STATUS_USAGE, "'%s' is no HOST[:PORT] (as in nas:%d/NAME%s)",
                       show(secret ? text : authority).text, REMOTE_PORT,
                       secret ? "; with a password: http://NAME:PASSWORD@HOST/" : "");
    }
    return STATUS_DONE;
}

static struct slice last_part(struct slice name)
{
    const char *slash = memrchr(name.p, '/', name.n);
    return slash ? slice_from(name, (size_t)(slash - name.p) + 1) : name;
}

static enum named named(struct slice authority_and_name, struct slice name)
{
    if (last_part(name).n > 0)
        return NAMED_FILE;
    return memchr(authority_and_name.p, '/', authority_and_name.n) ? NAMED_FOLDER : NAMED_NOTHING;
}

static char *copy(struct slice s)
{
    return strndup(s.p, s.n);
}

static enum status parse_short(struct slice text, struct remote *r, struct err *e)
{
    struct slice host, name;
    uint16_t port;
    enum status status = split(text, &host, &port, &name, e);
    if (status != STATUS_DONE)
        return status;
    struct buf url = buf_new(URL_TEXT_MAX);
    bool is_ipv6 = memchr(host.p, ':', host.n);
    buf_printf(&url, is_ipv6 ? "http://[" : "http://");
    for (struct slice piece, rest = host; slice_cut(&rest, '%', &piece);) {
        buf_add(&url, piece);
        /* The zone of a link-local address ("fe80::1%eth0"), written in a URL as RFC 6874 has it. */
        if (piece.p + piece.n < host.p + host.n)
            buf_add(&url, SLICE("%25"));
    }
    buf_printf(&url, is_ipv6 ? "]:%u/" : ":%u/", (unsigned)port);
    percent_add(&url, name, true);
    r->scheme = SCHEME_HTTP;
    r->literal = true;
    r->named = named(text, name);
    if (!url.failed) {
        r->url = copy(buf_slice(&url));
        r->shown = copy(buf_slice(&url));
        r->last = copy(last_part(name));
    }
    buf_free(&url);
    return r->url && r->shown && r->last ? STATUS_DONE : no_memory(e);
}

static enum status parse_plain(struct slice text, struct remote *r, struct err *e)
{
    struct slice host, name;
    enum status status = split(slice_from(text, strlen("plain://")), &host, &r->port, &name, e);
    if (status != STATUS_DONE)
        return status;
    if (memchr(name.p, '\n', name.n) || memchr(name.p, '\r', name.n))
        return err_set(e, STATUS_USAGE,
                       "'%s' has a line break in it, where a plain request ends (try HOST[:PORT]/NAME)",
                       escape(name).text);
    if (name.n > REMOTE_PLAIN_NAME_MAX)
        return err_set(e, STATUS_USAGE,
                       "the name is %zu bytes long, a plain request holds at most %d (try HOST[:PORT]/NAME)",
                       name.n, REMOTE_PLAIN_NAME_MAX);
    r->scheme = SCHEME_PLAIN;
    r->literal = true;
    r->named = named(slice_from(text, strlen("plain://")), name);
    r->host = copy(host);
    r->name = copy(name);
    r->last = copy(last_part(name));
    r->shown = copy(text);
    return r->host && r->name && r->last && r->shown ? STATUS_DONE : no_memory(e);
}

static char *url_part(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    char *mine = curl.url_get(u, part, &text, 0) == CURLUE_OK ? strdup(text) : NULL;
    curl.free(text);
    return mine;
}

static enum status parse_url(const char *text, struct remote *r, struct err *e)
{
    if (curl_load(e) != STATUS_DONE)
        return STATUS_FAILED;
    CURLU *u = curl.url();
    if (!u)
        return no_memory(e);
    /* Leaves "/a/../b" to the server, and encodes spaces and umlauts that were typed by hand. */
    CURLUcode bad =
        curl.url_set(u, CURLUPART_URL, text, CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE | CURLU_URLENCODE);
    if (bad) {
        err_set(e, STATUS_USAGE, "'%s' is no URL: %s", show(slice_of(text)).text, curl.url_strerror(bad));
        curl.url_cleanup(u);
        return STATUS_USAGE;
    }
    r->scheme = SCHEME_HTTP;
    curl.url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    r->url = url_part(u, CURLUPART_URL);
    curl.url_set(u, CURLUPART_USER, NULL, 0);
    curl.url_set(u, CURLUPART_PASSWORD, NULL, 0);
    curl.url_set(u, CURLUPART_OPTIONS, NULL, 0);
    r->shown = url_part(u, CURLUPART_URL);
    AUTO_FREE char *path = url_part(u, CURLUPART_PATH);
    curl.url_cleanup(u);
    if (!r->url || !r->shown || !path)
        return no_memory(e);
    struct slice last = last_part(slice_of(path));
    size_t len;
    r->last = malloc(last.n + 1);
    if (!r->last)
        return no_memory(e);
    /* If it cannot be decoded it cannot be the name of a file, so there is none. */
    if (!url_decode(last, r->last, last.n + 1, &len))
        r->last[0] = '\0';
    r->named = last.n == 0 && !strchr(r->shown, '?') ? NAMED_FOLDER : NAMED_FILE;
    return STATUS_DONE;
}

enum status remote_parse(const char *text, struct remote *ret, struct err *e)
{
    struct slice all = slice_of(text), scheme = scheme_of(all);
    enum status status;
    *ret = (struct remote){.scheme = SCHEME_HTTP};
    if (scheme.n == 0)
        status = parse_short(all, ret, e);
    else if (slice_eq_nocase(scheme, SLICE("plain")))
        status = parse_plain(all, ret, e);
    else if (slice_eq_nocase(scheme, SLICE("http")) || slice_eq_nocase(scheme, SLICE("https")))
        status = parse_url(text, ret, e);
    else
        status = err_set(e, STATUS_USAGE, "'%s': ferry speaks http://, https:// and plain://, not %s://",
                         show(all).text, escape(scheme).text);
    if (status != STATUS_DONE)
        remote_free(ret);
    return status;
}

void remote_free(struct remote *r)
{
    free(r->url);
    free(r->shown);
    free(r->last);
    free(r->host);
    free(r->name);
    *r = (struct remote){.scheme = r->scheme};
}
