/* The lines of a response's head, as HTTP/1.1 writes them (RFC 9112 4, RFC 9110 6 and 15). */
#pragma once

#include "base/buf.h"

/* "404 Not Found". For a status that this server never sends, the text of 500. */
struct slice head_status(int status);

/* The status line, and the fields that every answer has, each with its line end. Always HTTP/1.1, which we
 * conform to, whatever version the request has (RFC 9110 2.5). */
void head_begin(struct buf *out, int status, struct slice fields);

/* One field. The value must contain no control character. */
void head_text(struct buf *out, struct slice name, struct slice value);
void head_number(struct buf *out, struct slice name, uint64_t value);

/* Content-Range (RFC 9110 14.4): a part of `whole` bytes with len > 0; and, for a 416, only the length. */
void head_content_range(struct buf *out, uint64_t off, uint64_t len, uint64_t whole);
void head_unsatisfied_range(struct buf *out, uint64_t whole);

/* The empty line. */
void head_end_line(struct buf *out);
