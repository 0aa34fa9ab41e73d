/* Which names in a Host field belong to this server.
 *
 * A web page may send any request to its own site and read the answer. If that site's name is made to point
 * to 127.0.0.1 (DNS rebinding), this server becomes the site, and the page can read what only this machine
 * may read. Its requests differ from a person's in one field: Host still has the site's name. */
#include "site/hosts.h"

#include "http/url.h"

#include <arpa/inet.h>

static struct slice without_port(struct slice host)
{
    const char *colon = memrchr(host.p, ':', host.n);
    const char *bracket = memrchr(host.p, ']', host.n);
    if (colon && (!bracket || colon > bracket))
        host.n = (size_t)(colon - host.p);
    return host;
}

/* "localhost." is localhost: the dot marks a name that is complete up to the root. */
static struct slice without_dot(struct slice name)
{
    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

static bool ends_with(struct slice s, struct slice end)
{
    return s.n >= end.n && slice_eq_nocase(slice_from(s, s.n - end.n), end);
}

static bool read_ipv6(struct slice s, struct in6_addr *ret)
{
    char text[INET6_ADDRSTRLEN];
    if (s.n < 2 || s.n - 2 >= sizeof text || s.p[0] != '[')
        return false;
    memcpy(text, s.p + 1, s.n - 2);
    text[s.n - 2] = '\0';
    return inet_pton(AF_INET6, text, ret) == 1;
}

/* Like a browser: a name of digits is an address, also "127.1". */
static bool read_ipv4(struct slice s, struct in_addr *ret)
{
    char text[INET_ADDRSTRLEN];
    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_aton(text, ret) != 0;
}

static bool is_loopback_address(struct slice name)
{
    struct in6_addr six;
    struct in_addr four;
    if (read_ipv6(name, &six))
        return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
    return read_ipv4(name, &four) && ntohl(four.s_addr) >> 24 == 127;
}

/* No resolver may point these names elsewhere (RFC 6761 6.3), so no site can have them. */
static bool is_localhost(struct slice name)
{
    return slice_eq_nocase(name, SLICE("localhost")) || ends_with(name, SLICE(".localhost")) ||
           slice_eq_nocase(name, SLICE("localhost.localdomain"));
}

/* A site on the internet has a name of at least two parts. A name of a single part comes from this machine,
 * its hosts file or its own network. */
static bool is_single_label(struct slice name)
{
    struct in_addr address;
    return !read_ipv4(name, &address) && !memchr(name.p, '.', name.n) && !memchr(name.p, '%', name.n) &&
           name.p[0] != '[';
}

static bool same_host(struct slice a, struct slice b)
{
    struct in6_addr x, y;
    if (read_ipv6(a, &x) && read_ipv6(b, &y))
        return memcmp(&x, &y, sizeof x) == 0;
    return slice_eq_nocase(a, b);
}

static bool is_right(const struct hosts *h, struct slice host)
{
    if (host.n == 0) /* browsers always send it */
        return true;
    struct slice name = without_dot(without_port(host));
    if (is_loopback_address(name) || is_localhost(name))
        return true;
    for (unsigned i = 0; i < h->count; i++) {
        struct slice allowed = slice_of(h->allowed[i]);
        if (slice_eq(allowed, SLICE("*")) || same_host(name, without_dot(allowed)))
            return true;
    }
    return h->count == 0 && is_single_label(name);
}

bool hosts_word_ok(struct slice word)
{
    return slice_eq(word, SLICE("*")) || (url_host_ok(word) && without_port(word).n == word.n);
}

bool hosts_take(const struct hosts *h, struct host_memo *memo, struct slice host)
{
    if (host.n > 0 && slice_eq(host, (struct slice){memo->text, memo->n}))
        return true;
    if (!is_right(h, host))
        return false;
    if (host.n > 0 && host.n <= sizeof memo->text) {
        memo->n = (unsigned)host.n;
        memcpy(memo->text, host.p, host.n);
    }
    return true;
}
