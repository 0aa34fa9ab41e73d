/* Makes text for people, pages and JSON from bytes of unknown origin. */
#pragma once

#include "base/buf.h"

#include <time.h>

/* Decodes one UTF-8 character (RFC 3629: no overlong forms, no surrogates) from the front of s. Returns its
 * length, 1 to 4, or 0 if s does not begin with a complete, valid character. */
size_t utf8_decode(struct slice s, uint32_t *ret_char);

/* How many bytes at the end of s (0 to 3) may be the beginning of a character that continues after s. */
size_t utf8_unfinished(struct slice s);

/* Whether s is complete, valid UTF-8 without a NUL. A NUL does not occur in text, except in UTF-16. */
bool text_is_utf8(struct slice s);

/* Whether a terminal would move its cursor, re-order text or show nothing for c: C0, DEL, C1, and the
 * bidirectional and zero-width formatting characters. */
bool char_is_hostile(uint32_t c);

struct escaped {
    char text[512];
};

/* Makes s safe for a log or a terminal. Printable characters stay, and so do joiners, tags and variation
 * selectors that shape the characters beside them. Every other byte becomes \xNN, and a backslash becomes
 * \\, so that \xNN is always an escape. Text that is too long is cut and ends with "...". Use it as
 * escape(s).text within one expression. */
struct escaped escape(struct slice s);

/* The same for output of any length. The hostile characters in `keep` ("\n\t") stay. */
void escape_add(struct buf *out, struct slice s, const char *keep);

/* How many columns a result of escape() takes on a terminal: wide characters two, combining characters
 * none. */
int text_columns(struct slice escaped);

/* Adds a JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become U+FFFD, because JSON
 * cannot hold them. Characters hostile to a terminal are escaped. */
void json_add_string(struct buf *out, struct slice s);

struct size_text {
    char text[16];
};

/* A sum of sizes. Two files can have 16 EiB together, which is more than 64 bits hold. */
typedef unsigned __int128 byte_sum;

/* "512 B", "4.0 GiB". */
struct size_text size_text(byte_sum bytes);

struct count_text {
    char text[32];
};

/* "4,096". */
struct count_text count_text(uint64_t n);

#define TIME_TEXT_LEN 20
struct time_text {
    char text[TIME_TEXT_LEN + 1];
};

/* RFC 3339 in UTC: "2026-11-27T08:03:26Z". Empty outside the years 0 to 9999, which four digits cannot
 * express: file systems hold such times, too. */
struct time_text time_text(time_t t);

/* Adds s with every byte outside of RFC 3986's "unreserved" as %XX; '/' stays if keep_slash is set. */
void percent_add(struct buf *out, struct slice s, bool keep_slash);

/* Adds s as text or as a quoted attribute of an HTML page. */
void html_add(struct buf *out, struct slice s);
