/* The path and query of a request target, and names in links (RFC 3986). */
#include "http/url.h"

#include "http/chars.h"

#include <arpa/inet.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at the front of s means, or -1 if there is no complete escape. */
static int escape_value(struct slice s)
{
    if (s.n < 3 || s.p[0] != '%' || hex_value(s.p[1]) < 0 || hex_value(s.p[2]) < 0)
        return -1;
    return hex_value(s.p[1]) * 16 + hex_value(s.p[2]);
}

bool url_decode(struct slice from, char *to, size_t cap, size_t *ret_n)
{
    size_t n = 0;
    if (cap == 0 || (from.n > 0 && memchr(from.p, '\0', from.n)))
        return false;
    while (from.n > 0) {
        const char *percent = memchr(from.p, '%', from.n);
        size_t plain = percent ? (size_t)(percent - from.p) : from.n;
        if (plain >= cap - n) /* One byte is for the terminator. */
            return false;
        memcpy(to + n, from.p, plain);
        n += plain;
        from = slice_from(from, plain);
        if (!percent)
            break;
        int byte = escape_value(from);
        if (byte <= 0 || n + 1 >= cap)
            return false;
        to[n++] = (char)byte;
        from = slice_from(from, 3);
    }
    to[n] = '\0';
    *ret_n = n;
    return true;
}

/* The length of "http://" or "https://" at the front of s, or 0. The case of a scheme does not matter (RFC
 * 3986 3.1). */
static size_t scheme_length(struct slice s)
{
    static const struct slice schemes[] = {SLICE("http://"), SLICE("https://")};
    if (s.n == 0 || s.p[0] == '/')
        return 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (s.n >= schemes[i].n && slice_eq_nocase((struct slice){s.p, schemes[i].n}, schemes[i]))
            return schemes[i].n;
    return 0;
}

/* White space and control characters could end or corrupt the line that the target is written to later. All
 * other bytes are allowed, also those that RFC 3986 wants escaped: curl and browsers send '|', '[' and raw
 * UTF-8, and none of them is ambiguous. */
bool url_split_target(struct slice target, struct target *ret)
{
    if (!chars_are(target, CHAR_TARGET))
        return false;

    struct slice authority = SLICE(""), path = target;
    size_t scheme = scheme_length(target);
    if (scheme > 0) {
        size_t end = scheme;
        while (end < target.n && target.p[end] != '/' && target.p[end] != '?')
            end++;
        authority = (struct slice){target.p + scheme, end - scheme};
        /* An http URL must have a host, and user:password@ before it only deceives readers: both are errors
         * (RFC 9110 4.2.1, 4.2.4). */
        if (!url_host_ok(authority))
            return false;
        path = slice_from(target, end);
    } else if (target.n == 0 || target.p[0] != '/') {
        return false; /* authority-form, asterisk-form, or anything else */
    }

    struct slice query = SLICE("");
    const char *mark = path.n > 0 ? memchr(path.p, '?', path.n) : NULL;
    if (mark) {
        size_t before = (size_t)(mark - path.p);
        query = slice_from(path, before + 1);
        path.n = before;
    }
    *ret = (struct target){
        .authority = authority,
        .path = path.n > 0 ? path : SLICE("/"), /* "http://host?q" names the root (RFC 9110 4.2.3) */
        .query = query,
        .has_query = mark != NULL,
    };
    return true;
}

/* reg-name (RFC 3986 3.2.2). Every IPv4 address has this form, too; a malformed address is a name. */
static bool is_reg_name(struct slice s)
{
    if (chars_are(s, CHAR_HOST))
        return s.n > 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && escape_value(slice_from(s, i)) > 0)
            i += 2;
        else if (!char_is(s.p[i], CHAR_HOST))
            return false;
    }
    return s.n > 0;
}

/* The text between the brackets. An IPvFuture has no existing version, and a zone ("fe80::1%25eth0") has a
 * meaning only on the client's machine and must not be sent (RFC 6874 4): neither is accepted. */
static bool is_ipv6(struct slice s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (s.n >= sizeof text || memchr(s.p, '\0', s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* Empty, or ":" and any number of digits (RFC 3986 3.2.3). */
static bool is_port_part(struct slice s)
{
    uint64_t port;
    if (s.n == 0)
        return true;
    return s.p[0] == ':' && (s.n == 1 || (slice_to_u64(slice_from(s, 1), &port) && port <= 65535));
}

bool url_host_ok(struct slice s)
{
    if (s.n == 0)
        return false;
    if (s.p[0] == '[') {
        const char *close = memchr(s.p, ']', s.n);
        if (!close)
            return false;
        size_t end = (size_t)(close - s.p);
        return is_ipv6((struct slice){s.p + 1, end - 1}) && is_port_part(slice_from(s, end + 1));
    }
    const char *colon = memchr(s.p, ':', s.n);
    size_t host_n = colon ? (size_t)(colon - s.p) : s.n;
    return is_reg_name((struct slice){s.p, host_n}) && is_port_part(slice_from(s, host_n));
}
