/* Text for people and for JSON, made from bytes that nobody vouches for. */
#pragma once

#include "base/buf.h"

#include <time.h>

/* Decodes one UTF-8 character (RFC 3629: no overlong forms, no surrogates) from the front of s. Returns its
 * length, 1 to 4; 0 when s begins with no whole, right character. */
size_t utf8_decode(struct slice s, uint32_t *ret_char);

/* How many bytes (0 to 3) at the end of s may be the beginning of a character whose rest has not come yet. */
size_t utf8_unfinished(struct slice s);

/* Whether s is UTF-8, whole, and text: a NUL stands in none, but in UTF-16. */
bool text_is_utf8(struct slice s);

/* Whether a character would move or re-order what a terminal shows, or shows nothing: C0, DEL, C1, and the
 * bidirectional and zero-width formatting marks. */
bool char_is_hostile(uint32_t c);

struct escaped {
    char text[512];
};

/* For a log line or a terminal: printable characters stay, and so do joiners, tags and variation selectors
 * that shape the characters beside them. Every other byte becomes \xNN, and a backslash \\, so that \xNN is
 * never a name's own. Cut with "..." when too long. Use as escape(s).text inside one expression. */
struct escaped escape(struct slice s);

/* The same for output of any length. `keep` names hostile characters that may pass ("\n\t"). */
void escape_add(struct buf *out, struct slice s, const char *keep);

/* Columns that s takes on a terminal once escaped by escape(): wide characters are two, combining ones none.
 */
int text_columns(struct slice escaped);

/* A JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become U+FFFD: JSON cannot hold them.
 * What is hostile to a terminal is escaped. */
void json_add_string(struct buf *out, struct slice s);

struct size_text {
    char text[16];
};

/* What many sizes make together: two files alone may be 16 EiB, which is past 64 bits. */
typedef unsigned __int128 byte_sum;

/* "512 B", "4.0 GiB". */
struct size_text size_text(byte_sum bytes);

#define TIME_TEXT_LEN 20
struct time_text {
    char text[TIME_TEXT_LEN + 1];
};

/* RFC 3339, in UTC: "2026-11-27T08:03:26Z". A file system can hold times that four digits of a year cannot:
 * outside of the years 0 to 9999 there is no text, and this is empty. */
struct time_text time_text(time_t t);

/* Adds s with every byte outside of RFC 3986's "unreserved" as %XX; '/' stays when keep_slash is set. */
void percent_add(struct buf *out, struct slice s, bool keep_slash);

/* Adds s as the text or a quoted attribute of an HTML page. */
void html_add(struct buf *out, struct slice s);
