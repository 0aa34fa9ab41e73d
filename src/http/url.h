/* The path and query of a request target, and names as they stand in links (RFC 3986). */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

/* Decodes %XX in `from` into to[0..cap) and terminates it with a NUL that *ret_n does not count. Returns
 * false for a bad escape, a NUL (no Linux file name holds one, and the terminator would hide the rest), or a
 * result that with its terminator does not fit. '+' stays '+': this is a path, not a form. */
bool url_decode(struct slice from, char *to, size_t cap, size_t *ret_n);

/* Adds s with every byte outside RFC 3986's "unreserved" as %XX; '/' stays when keep_slash is set. */
void url_add_encoded(struct buf *out, struct slice s, bool keep_slash);

/* Splits an origin-form ("/a?b") or absolute-form ("http://h:1/a?b") request target (RFC 9112 3.2) into its
 * authority (empty in origin-form), path (at least "/") and query (without '?'; has_query tells "?" from
 * nothing). False for any other form, a fragment, a control character, a scheme other than http and https, or
 * an absolute-form whose authority url_host_ok() refuses. A path may begin with "//": in a Location it would
 * name another host. */
struct target {
    struct slice authority, path, query;
    bool has_query;
};
bool url_split_target(struct slice target, struct target *ret);

/* Whether s is a right `host [":" port]` of RFC 9110 7.2 (reg-name, IPv4 or [IPv6], port digits or empty),
 * and the host is not empty. */
bool url_host_ok(struct slice s);
