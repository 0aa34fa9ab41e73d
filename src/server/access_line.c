/* One answer as one line of the access log. */
#include "server/access_line.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct slice access_request_line(struct slice in)
{
    struct slice line;
    while (in.n > 0 && (in.p[0] == '\r' || in.p[0] == '\n')) /* Empty lines in front (RFC 9112 2.2). */
        in = slice_from(in, 1);
    if (!slice_cut(&in, '\n', &line))
        return (struct slice){"", 0};
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* Sets s to what of it a line may hold. False when that is not all of it. */
static bool bound(struct slice *s)
{
    if (s->n <= ACCESS_TEXT_MAX)
        return true;
    s->n = ACCESS_TEXT_MAX;
    s->n -= utf8_unfinished(*s);
    return false;
}

static void add_client(struct buf *out, const struct in6_addr *client)
{
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_UNSPECIFIED(client))
        buf_add(out, SLICE("-"));
    else if (IN6_IS_ADDR_V4MAPPED(client))
        buf_add(out, slice_of(inet_ntop(AF_INET, &client->s6_addr[12], text, sizeof text)));
    else
        buf_add(out, slice_of(inet_ntop(AF_INET6, client, text, sizeof text)));
}

/* ---- combined ---- */

static bool stands_for_itself(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* As nginx escapes: a quote is \x22 and not \", so that a reader that knows no escapes still finds the end
 * of the field. */
static void add_escaped(struct buf *out, struct slice s)
{
    static const char digits[] = "0123456789ABCDEF";
    char *to = buf_reserve(out, 4 * s.n);
    size_t n = 0;
    if (!to)
        return;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (stands_for_itself(c)) {
            to[n++] = (char)c;
        } else {
            memcpy(to + n, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15]}, 4);
            n += 4;
        }
    }
    buf_grew(out, n);
}

static void add_quoted(struct buf *out, struct slice s)
{
    bool whole = bound(&s);
    buf_add(out, SLICE("\""));
    if (s.n == 0)
        buf_add(out, SLICE("-"));
    add_escaped(out, s);
    buf_add(out, whole ? SLICE("\"") : SLICE("...\""));
}

/* A plain client's name in the place of a target and in a target's form, so that the same file is the same
 * word however it was fetched. No reader knows the method: none counts it as HTTP. */
static void add_plain_request(struct buf *out, struct slice name)
{
    bool whole = bound(&name);
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    buf_add(out, SLICE("\"PLAIN /"));
    percent_add(out, name, true);
    buf_add(out, whole ? SLICE(" -\"") : SLICE("... -\""));
}

/* "[23/Nov/2026:05:46:00 +0100]": local time, whatever the locale calls its months. */
static void add_local_time(struct buf *out, uint64_t ms)
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    localtime_r(&t, &tm);
    long minutes = tm.tm_gmtoff / 60;
    long east = minutes < 0 ? -minutes : minutes;
    buf_printf(out, "[%02d/%s/%d:%02d:%02d:%02d %c%02ld%02ld]", tm.tm_mday, months[tm.tm_mon],
               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, minutes < 0 ? '-' : '+', east / 60,
               east % 60);
}

static void add_combined(struct buf *out, const struct access *a)
{
    add_client(out, &a->client);
    buf_add(out, SLICE(" - - "));
    add_local_time(out, a->began_ms);
    buf_add(out, SLICE(" "));
    if (a->dialect == DIALECT_PLAIN)
        add_plain_request(out, a->request);
    else
        add_quoted(out, a->request);
    if (a->body_sent > 0)
        buf_printf(out, " %d %" PRIu64 " ", a->status, a->body_sent);
    else
        buf_printf(out, " %d - ", a->status);
    add_quoted(out, a->referer);
    buf_add(out, SLICE(" "));
    add_quoted(out, a->user_agent);
    buf_add(out, SLICE("\n"));
}

/* ---- JSON ---- */

static void add_member(struct buf *out, const char *name, struct slice value, bool whole)
{
    char room[ACCESS_TEXT_MAX + 3];
    if (!whole) {
        memcpy(room, value.p, value.n);
        memcpy(room + value.n, "...", 3);
        value = (struct slice){room, value.n + 3};
    }
    buf_printf(out, ",\"%s\":", name);
    json_add_string(out, value);
}

static void add_field(struct buf *out, const char *name, struct slice value)
{
    bool whole = bound(&value);
    if (value.n > 0)
        add_member(out, name, value, whole);
}

/* RFC 3339, UTC. */
static void add_utc_time(struct buf *out, uint64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03uZ\"", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
               tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(ms % 1000));
}

/* Of a request line that is none, what there is: its first word and its second. */
static void add_http_request(struct buf *out, struct slice line)
{
    struct slice method = {"", 0}, target = {"", 0};
    bool whole = bound(&line);
    if (slice_cut(&line, ' ', &method))
        slice_cut(&line, ' ', &target);
    add_member(out, "method", method, true);
    add_member(out, "target", target, whole);
}

static void add_plain_name(struct buf *out, struct slice name)
{
    bool whole = bound(&name);
    add_member(out, "name", name, whole);
}

static void add_json(struct buf *out, const struct access *a)
{
    bool http = a->dialect == DIALECT_HTTP;
    buf_add(out, SLICE("{\"time\":"));
    add_utc_time(out, a->began_ms);
    buf_add(out, SLICE(",\"client\":\""));
    add_client(out, &a->client);
    buf_add(out, http ? SLICE("\",\"dialect\":\"http\"") : SLICE("\",\"dialect\":\"plain\""));
    if (http)
        add_http_request(out, a->request);
    else
        add_plain_name(out, a->request);
    buf_printf(out, ",\"status\":%d,\"bytes\":%" PRIu64 ",\"seconds\":%" PRIu64 ".%03u", a->status,
               a->body_sent, a->took_ms / 1000, (unsigned)(a->took_ms % 1000));
    add_field(out, "referer", a->referer);
    add_field(out, "user_agent", a->user_agent);
    buf_add(out, a->cut ? SLICE(",\"cut\":true}\n") : SLICE("}\n"));
}

void access_line_add(struct buf *out, enum access_format format, const struct access *a)
{
    switch (format) {
    case ACCESS_COMBINED:
        add_combined(out, a);
        return;
    case ACCESS_JSON:
        add_json(out, a);
        return;
    }
}
