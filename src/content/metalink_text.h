/* The text of a Metalink 4 document (RFC 5854), part by part. */
#pragma once

#include "base/buf.h"
#include "content/hash_record.h"

/* Each line with a piece's digest has as many bytes. */
#define METALINK_LINE (sizeof "      <hash></hash>\n" - 1 + SHA256_HEX_BYTES)
/* The longest end of a file, and of the document. */
#define METALINK_TAIL_MAX 256

/* Whether XML can express a name: UTF-8 without control characters. */
bool metalink_can_name(struct slice name);

void metalink_add_head(struct buf *out);
/* The beginning of a file, up to its first piece. `url` is where it can be fetched, or empty. What XML cannot
 * express of a name becomes U+FFFD. */
void metalink_add_file(struct buf *out, const struct hash_record *r, struct slice name, struct slice url);
/* A piece's digest, as text in `to`. */
struct slice metalink_line(const struct sha256_digest *piece, char to[static METALINK_LINE + 1]);
/* The end of a file, after its last piece, as text in `to`. `whole` may be NULL if only the length is of
 * interest. */
struct slice metalink_tail(const struct hash_record *r, const struct sha256_digest *whole,
                           char to[static METALINK_TAIL_MAX]);
/* A file of which nothing is known but its name. */
void metalink_add_unknown(struct buf *out, struct slice name, struct slice url);

#define METALINK_END SLICE("</metalink>\n")
