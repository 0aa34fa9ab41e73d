/* A request's head (RFC 9112 2 to 6): bytes -> struct; strict, without allocation, in any number of
 * pieces. */
#pragma once

#include "base/result.h"
#include "base/slice.h"

#define REQUEST_LINE_MAX 8192  /* RFC 9112 3 recommends at least 8,000 octets */
#define REQUEST_HEAD_MAX 32768 /* all field lines together */
#define REQUEST_FIELDS_MAX 100
/* Size of a buffer in which a head that is too large is recognised as such. */
#define REQUEST_BUFFER (REQUEST_LINE_MAX + REQUEST_HEAD_MAX + 64)

enum method {
    METHOD_UNKNOWN, /* a valid token, but none that we know: 501 */
    METHOD_GET,
    METHOD_HEAD,
    METHOD_OPTIONS,
    METHOD_POST,
    METHOD_QUERY,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_PATCH,
    METHOD_TRACE,
    METHOD_CONNECT,
};

/* The fields that this server uses. */
enum field {
    FIELD_OTHER,
    FIELD_ACCEPT,
    FIELD_ACCEPT_ENCODING,
    FIELD_CONNECTION,
    FIELD_CONTENT_LENGTH,
    FIELD_CONTENT_TYPE,
    FIELD_EXPECT,
    FIELD_HOST,
    FIELD_IF_MATCH,
    FIELD_IF_MODIFIED_SINCE,
    FIELD_IF_NONE_MATCH,
    FIELD_IF_RANGE,
    FIELD_IF_UNMODIFIED_SINCE,
    FIELD_PREFER,
    FIELD_RANGE,
    FIELD_REFERER,
    FIELD_TRANSFER_ENCODING,
    FIELD_USER_AGENT,
    FIELD_WANT_CONTENT_DIGEST,
    FIELD_WANT_DIGEST,
    FIELD_WANT_REPR_DIGEST,
};

/* Offsets, not pointers: the buffer may move while the head is arriving. 16 bits are enough for
 * REQUEST_BUFFER. */
struct field_line {
    enum field field;
    uint16_t value, value_len;
};

enum body_framing {
    FRAMING_NONE,
    FRAMING_LENGTH,
    FRAMING_CHUNKED,
};

struct request {
    /* The progress of parsing. */
    enum { REQUEST_AT_LINE, REQUEST_AT_FIELDS } at;
    uint32_t line_start; /* of the line that is being read */
    uint32_t scanned;    /* all bytes before it have been checked */
    uint32_t fields_start;
    /* After PARSE_BAD: the status to answer with. */
    int bad_status;

    /* The result. */
    enum method method;
    uint16_t target, target_len;
    bool http_1_0;
    bool keep_alive;
    bool expect_continue;
    enum body_framing framing;
    uint64_t content_length;
    uint32_t head_len; /* up to and including the empty line */
    uint32_t fields;   /* a bit for each `enum field` that occurs */
    unsigned line_count;
    struct field_line lines[REQUEST_FIELDS_MAX];
};

/* The method whose name, followed by a space, begins s; METHOD_UNKNOWN if there is none. */
enum method request_starts_with_method(struct slice s);

void request_init(struct request *r);

/* `in` always begins at the request's first byte, and may have grown since the last call, which this one
 * continues. PARSE_BAD is returned as soon as the wrong byte is there. */
enum parse request_parse(struct request *r, struct slice in);

/* The target as it was sent; `in` as given to request_parse(). */
struct slice request_target(const struct request *r, struct slice in);

/* Whether one of these fields occurs: `fields` has a bit for each, 1u << FIELD_RANGE. */
static inline bool request_has_any(const struct request *r, uint32_t fields)
{
    return r->fields & fields;
}

/* The value of a field's first line, trimmed; p is NULL if it is absent. */
struct slice request_field(const struct request *r, struct slice in, enum field f);

/* The value of a list field, its lines joined by commas (RFC 9110 5.3). A single line stays in `in`;
 * several are joined in `room`, as far as whole lines fit. */
struct slice request_list_field(const struct request *r, struct slice in, enum field f, char *room,
                                size_t cap);

/* The request line as it was sent, at the front of what came; empty while its end is not there. */
struct slice request_line_of(struct slice in);

unsigned request_field_count(const struct request *r, enum field f);
