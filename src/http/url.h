/* The path and query of a request target, and names in links (RFC 3986). */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

/* Decodes %XX in `from` into to[0..cap), and adds a NUL that *ret_n does not count. False for an invalid
 * escape, for a NUL (no file name contains one, and it would hide the rest), and for a result that does not
 * fit. '+' stays '+', because this is a path and not a form. */
bool url_decode(struct slice from, char *to, size_t cap, size_t *ret_n);

/* Splits an origin-form ("/a?b") or absolute-form ("http://h:1/a?b") request target (RFC 9112 3.2) into
 * authority (empty in origin-form), path (at least "/") and query (without '?'; has_query tells an empty
 * query from none). False for any other form, a fragment, a control character, a scheme other than http and
 * https, or an authority that url_host_ok() refuses. A path may begin with "//", which in a Location would
 * name another host. */
struct target {
    struct slice authority, path, query;
    bool has_query;
};
bool url_split_target(struct slice target, struct target *ret);

/* Whether s is a valid `host [":" port]` of RFC 9110 7.2 (reg-name, IPv4 or [IPv6]; port digits or none)
 * with a non-empty host. */
bool url_host_ok(struct slice s);
