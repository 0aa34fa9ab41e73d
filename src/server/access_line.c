/* One answer as a line of the access log. */
#include "server/access_line.h"

#include "base/terminal.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

/* Cuts s to what a line may hold. False if something was cut off. */
static bool bound(struct slice *s)
{
    if (s->n <= ACCESS_TEXT_MAX)
        return true;
    s->n = ACCESS_TEXT_MAX;
    s->n -= utf8_unfinished(*s);
    return false;
}

/* With at least `digits` digits. A line has a dozen numbers, and printf() would take longer than all the
 * rest. */
static void add_number(struct buf *out, uint64_t n, size_t digits)
{
    char text[20];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0 || sizeof text - at < digits);
    buf_add(out, (struct slice){text + at, sizeof text - at});
}

static void add_padded(struct buf *out, int n, size_t digits, struct slice behind)
{
    add_number(out, (uint64_t)n, digits);
    buf_add(out, behind);
}

static void add_ipv4(struct buf *out, const uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++)
        add_padded(out, bytes[i], 1, i < 3 ? SLICE(".") : SLICE(""));
}

static void add_client(struct buf *out, const struct in6_addr *client)
{
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_UNSPECIFIED(client))
        buf_add(out, SLICE("-"));
    else if (IN6_IS_ADDR_V4MAPPED(client))
        add_ipv4(out, &client->s6_addr[12]);
    else
        buf_add(out, slice_of(inet_ntop(AF_INET6, client, text, sizeof text)));
}

/* ---- combined ---- */

static bool stands_for_itself(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Escapes like nginx: a quote is \x22 and not \", so that a reader that knows no escapes still finds the
 * end of the field. */
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

/* A plain client's name in the form of a target, so that the same file is the same word in both dialects.
 * No log reader knows the method, so none counts it as HTTP. */
static void add_plain_request(struct buf *out, struct slice name)
{
    bool whole = bound(&name);
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    buf_add(out, SLICE("\"PLAIN /"));
    percent_add(out, name, true);
    buf_add(out, whole ? SLICE(" -\"") : SLICE("... -\""));
}

/* "[23/Nov/2026:05:46:00 +0100]": local time, with English months in any locale. */
static void add_local_time(struct buf *out, uint64_t ms)
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    localtime_r(&t, &tm);
    long minutes = tm.tm_gmtoff / 60;
    long east = minutes < 0 ? -minutes : minutes;
    buf_add(out, SLICE("["));
    add_padded(out, tm.tm_mday, 2, SLICE("/"));
    buf_add(out, (struct slice){months[tm.tm_mon], 3});
    buf_add(out, SLICE("/"));
    add_padded(out, tm.tm_year + 1900, 4, SLICE(":"));
    add_padded(out, tm.tm_hour, 2, SLICE(":"));
    add_padded(out, tm.tm_min, 2, SLICE(":"));
    add_padded(out, tm.tm_sec, 2, minutes < 0 ? SLICE(" -") : SLICE(" +"));
    add_padded(out, (int)(east / 60), 2, SLICE(""));
    add_padded(out, (int)(east % 60), 2, SLICE("]"));
}

static void add_combined(struct buf *out, const struct access *a)
{
    add_client(out, &a->client);
    buf_add(out, SLICE(" - - "));
    add_local_time(out, a->began_ms);
    buf_add(out, SLICE(" "));
    if (a->is_name)
        add_plain_request(out, a->request);
    else
        add_quoted(out, a->request);
    buf_add(out, SLICE(" "));
    add_padded(out, a->status, 3, SLICE(" "));
    if (a->body_sent > 0)
        add_number(out, a->body_sent, 1);
    else
        buf_add(out, SLICE("-"));
    buf_add(out, SLICE(" "));
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
    buf_add(out, SLICE(",\""));
    buf_add(out, slice_of(name));
    buf_add(out, SLICE("\":"));
    json_add_string(out, value);
}

static void add_field(struct buf *out, const char *name, struct slice value)
{
    bool whole = bound(&value);
    if (value.n > 0)
        add_member(out, name, value, whole);
}

/* RFC 3339, UTC, to the millisecond. */
static void add_utc_time(struct buf *out, uint64_t ms)
{
    struct time_text t = time_text((time_t)(ms / 1000));
    buf_add(out, (struct slice){t.text, TIME_TEXT_LEN - strlen("Z")});
    buf_add(out, SLICE("."));
    add_padded(out, (int)(ms % 1000), 3, SLICE("Z"));
}

/* For an invalid request line: its first word and its second. */
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
    buf_add(out, SLICE("{\"time\":\""));
    add_utc_time(out, a->began_ms);
    buf_add(out, SLICE("\",\"client\":\""));
    add_client(out, &a->client);
    buf_add(out, SLICE("\",\"dialect\":\""));
    buf_add(out, slice_of(a->dialect));
    buf_add(out, SLICE("\""));
    if (a->is_name)
        add_plain_name(out, a->request);
    else
        add_http_request(out, a->request);
    buf_add(out, SLICE(",\"status\":"));
    add_padded(out, a->status, 3, SLICE(",\"bytes\":"));
    add_number(out, a->body_sent, 1);
    buf_add(out, SLICE(",\"seconds\":"));
    add_number(out, a->took_ms / 1000, 1);
    buf_add(out, SLICE("."));
    add_number(out, a->took_ms % 1000, 3);
    add_field(out, "referer", a->referer);
    add_field(out, "user_agent", a->user_agent);
    buf_add(out, a->cut ? SLICE(",\"cut\":true}\n") : SLICE("}\n"));
}

/* ---- short ---- */

/* "GET /a", or as much of it as there is; a bare name is shown alone. */
static struct slice short_request(const struct access *a)
{
    struct slice line = a->request;
    const char *version = a->is_name ? NULL : memrchr(line.p, ' ', line.n);
    if (version && memchr(line.p, ' ', line.n) != version)
        line.n = (size_t)(version - line.p);
    return line;
}

static void add_short(struct buf *out, int columns, const struct access *a)
{
    char text[1024], client[INET6_ADDRSTRLEN];
    struct buf address = buf_new(sizeof client);
    time_t t = (time_t)(a->began_ms / 1000);
    struct tm tm;
    localtime_r(&t, &tm);
    add_client(&address, &a->client);
    struct slice c = buf_slice(&address);
    int n = snprintf(text, sizeof text, "%02d:%02d:%02d  %.*s  %d  %10s  %s%s%s", tm.tm_hour, tm.tm_min,
                     tm.tm_sec, (int)c.n, c.p, a->status, size_text(a->body_sent).text,
                     a->cut ? "(cut) " : "", a->is_name ? "plain " : "", escape(short_request(a)).text);
    terminal_add(out, (struct slice){text, (size_t)n}, columns);
    buf_add(out, SLICE("\n"));
    buf_free(&address);
}

void access_line_add(struct buf *out, enum access_format format, int columns, const struct access *a)
{
    switch (format) {
    case ACCESS_COMBINED:
        add_combined(out, a);
        return;
    case ACCESS_JSON:
        add_json(out, a);
        return;
    case ACCESS_SHORT:
        add_short(out, columns, a);
        return;
    }
}
