/* The lines of a response's head, as HTTP/1.1 writes them (RFC 9112 4, RFC 9110 6 and 15). */
#pragma once

#include "base/buf.h"

/* "404 Not Found". Of a status that this server never sends, that of 500. */
struct slice head_status(int status);

/* The status line, and the fields that stand in every answer, each with its line's end. Always HTTP/1.1: what
 * we conform to, whatever version was asked for (RFC 9110 2.5). */
void head_begin(struct buf *out, int status, struct slice fields);

/* One field. The value must hold no control character. */
void head_text(struct buf *out, struct slice name, struct slice value);
void head_number(struct buf *out, struct slice name, uint64_t value);

/* Content-Range (RFC 9110 14.4): this part of `whole` bytes, len > 0; and, for a 416, only how many there
 * are. */
void head_content_range(struct buf *out, uint64_t off, uint64_t len, uint64_t whole);
void head_unsatisfied_range(struct buf *out, uint64_t whole);

/* The empty line. */
void head_end_line(struct buf *out);
