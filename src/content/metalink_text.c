/* The text of a Metalink 4 document, part by part. */
#include "content/metalink_text.h"

#include "base/text.h"

#include <stdio.h>

/* One character of XML 1.0, at the front of s. Returns its length, or 0 if there is none: bytes that are not
 * UTF-8, and control characters, which XML cannot express. */
static size_t xml_character(struct slice s)
{
    uint32_t c;
    size_t n = utf8_decode(s, &c);
    return n == 0 || c < ' ' || c == 0xfffe || c == 0xffff ? 0 : n;
}

bool metalink_can_name(struct slice name)
{
    for (size_t n; name.n > 0; name = slice_from(name, n))
        if ((n = xml_character(name)) == 0)
            return false;
    return true;
}

/* Text or a quoted attribute. A character that cannot be expressed is one U+FFFD, whatever its length. */
static void add_xml(struct buf *out, struct slice s)
{
    while (s.n > 0) {
        uint32_t c;
        size_t n = utf8_decode(s, &c);
        if (xml_character(s) == 0)
            buf_add(out, SLICE("\xef\xbf\xbd"));
        else
            html_add(out, (struct slice){s.p, n});
        s = slice_from(s, n > 0 ? n : 1);
    }
}

void metalink_add_head(struct buf *out)
{
    buf_add(out, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">\n"
                       "  <generator>ferry</generator>\n"));
}

/* r may be NULL. */
static void add_file(struct buf *out, const struct hash_record *r, struct slice name, struct slice url)
{
    buf_add(out, SLICE("  <file name=\""));
    add_xml(out, name);
    buf_add(out, SLICE("\">\n"));
    if (r)
        buf_printf(out, "    <size>%lu</size>\n", (unsigned long)r->key.length);
    if (url.n > 0) {
        buf_add(out, SLICE("    <url>"));
        add_xml(out, url);
        buf_add(out, SLICE("</url>\n"));
    }
    if (r && r->count > 0)
        buf_printf(out, "    <pieces length=\"%lu\" type=\"sha-256\">\n", (unsigned long)r->key.piece);
}

void metalink_add_file(struct buf *out, const struct hash_record *r, struct slice name, struct slice url)
{
    add_file(out, r, name, url);
}

struct slice metalink_line(const struct sha256_digest *piece, char to[static METALINK_LINE + 1])
{
    char hex[SHA256_HEX_BYTES + 1];
    int n = snprintf(to, METALINK_LINE + 1, "      <hash>%s</hash>\n", sha256_to_hex(piece, hex).p);
    return (struct slice){to, (size_t)n};
}

struct slice metalink_tail(const struct hash_record *r, const struct sha256_digest *whole,
                           char to[static METALINK_TAIL_MAX])
{
    char hex[SHA256_HEX_BYTES + 1];
    int n = snprintf(to, METALINK_TAIL_MAX, "%s    <hash type=\"sha-256\">%s</hash>\n  </file>\n",
                     r->count > 0 ? "    </pieces>\n" : "",
                     sha256_to_hex(whole ? whole : &(struct sha256_digest){{0}}, hex).p);
    return (struct slice){to, (size_t)n};
}

void metalink_add_unknown(struct buf *out, struct slice name, struct slice url)
{
    add_file(out, NULL, name, url);
    buf_add(out, SLICE("  </file>\n"));
}
