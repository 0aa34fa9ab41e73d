/* A request's head: bytes -> struct. It is strict where leniency enables request smuggling (RFC 9112
 * 11.2). */
#include "http/request.h"

#include "http/chars.h"
#include "http/url.h"

static const struct {
    struct slice name;
    enum method method;
} methods[] = {
    {SLICE("GET"), METHOD_GET},         {SLICE("HEAD"), METHOD_HEAD},   {SLICE("OPTIONS"), METHOD_OPTIONS},
    {SLICE("POST"), METHOD_POST},       {SLICE("QUERY"), METHOD_QUERY}, {SLICE("PUT"), METHOD_PUT},
    {SLICE("DELETE"), METHOD_DELETE},   {SLICE("PATCH"), METHOD_PATCH}, {SLICE("TRACE"), METHOD_TRACE},
    {SLICE("CONNECT"), METHOD_CONNECT},
};

/* Sorted by length, so that the search ends at names that are longer. */
static const struct {
    struct slice name;
    enum field field;
} fields[] = {
    {SLICE("host"), FIELD_HOST},
    {SLICE("range"), FIELD_RANGE},
    {SLICE("accept"), FIELD_ACCEPT},
    {SLICE("expect"), FIELD_EXPECT},
    {SLICE("prefer"), FIELD_PREFER},
    {SLICE("referer"), FIELD_REFERER},
    {SLICE("if-match"), FIELD_IF_MATCH},
    {SLICE("if-range"), FIELD_IF_RANGE},
    {SLICE("connection"), FIELD_CONNECTION},
    {SLICE("user-agent"), FIELD_USER_AGENT},
    {SLICE("want-digest"), FIELD_WANT_DIGEST},
    {SLICE("content-type"), FIELD_CONTENT_TYPE},
    {SLICE("if-none-match"), FIELD_IF_NONE_MATCH},
    {SLICE("content-length"), FIELD_CONTENT_LENGTH},
    {SLICE("accept-encoding"), FIELD_ACCEPT_ENCODING},
    {SLICE("want-repr-digest"), FIELD_WANT_REPR_DIGEST},
    {SLICE("if-modified-since"), FIELD_IF_MODIFIED_SINCE},
    {SLICE("transfer-encoding"), FIELD_TRANSFER_ENCODING},
    {SLICE("want-content-digest"), FIELD_WANT_CONTENT_DIGEST},
    {SLICE("if-unmodified-since"), FIELD_IF_UNMODIFIED_SINCE},
};

enum method request_starts_with_method(struct slice s)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (s.n > methods[i].name.n && slice_starts(s, methods[i].name) && s.p[methods[i].name.n] == ' ')
            return methods[i].method;
    return METHOD_UNKNOWN;
}

static enum parse bad(struct request *r, int status)
{
    r->bad_status = status;
    return PARSE_BAD;
}

void request_init(struct request *r)
{
    /* Without the lines: clearing all hundred of them would cost something for every request. */
    memset(r, 0, offsetof(struct request, lines));
}

/* "GET /name HTTP/1.1" (RFC 9112 3). */
static enum parse read_request_line(struct request *r, struct slice line, uint32_t offset)
{
    struct slice rest = line, method, target;
    if (!slice_cut(&rest, ' ', &method) || !token_ok(method) || !slice_cut(&rest, ' ', &target) ||
        target.n == 0)
        return bad(r, 400);
    /* A tab is the only control character that a line may contain. Bytes above 0x7f are not allowed in a
     * URL, but common clients send them, and they split nothing. */
    if (memchr(target.p, '\t', target.n))
        return bad(r, 400);
    if (rest.n != 8 || !slice_starts(rest, SLICE("HTTP/")) || rest.p[5] < '0' || rest.p[5] > '9' ||
        rest.p[6] != '.' || rest.p[7] < '0' || rest.p[7] > '9')
        return bad(r, 400);
    if (rest.p[5] != '1')
        return bad(r, 505);
    r->http_1_0 = rest.p[7] == '0';
    r->keep_alive = !r->http_1_0;
    r->method = request_starts_with_method(line);
    r->target = (uint16_t)(offset + method.n + 1);
    r->target_len = (uint16_t)target.n;
    return PARSE_MORE;
}

static enum field find_field(struct slice name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields && fields[i].name.n <= name.n; i++)
        if (slice_eq_nocase(name, fields[i].name))
            return fields[i].field;
    return FIELD_OTHER;
}

/* "Name: value" (RFC 9112 5). White space before the colon and folded lines can make two recipients see two
 * different messages: both are refused (5.1, 5.2). */
static enum parse read_field_line(struct request *r, struct slice line, uint32_t offset)
{
    const char *colon = memchr(line.p, ':', line.n);
    if (!colon)
        return bad(r, 400);
    struct slice name = {line.p, (size_t)(colon - line.p)};
    if (!token_ok(name))
        return bad(r, 400);
    if (r->line_count == REQUEST_FIELDS_MAX)
        return bad(r, 431);
    struct slice value = slice_trim(slice_from(line, name.n + 1));
    enum field field = find_field(name);
    r->fields |= 1u << field;
    r->lines[r->line_count++] = (struct field_line){
        .field = field,
        .value = (uint16_t)(offset + (size_t)(value.p - line.p)),
        .value_len = (uint16_t)value.n,
    };
    return PARSE_MORE;
}

/* One bit a field: most requests lack most fields. */
static bool has(const struct request *r, enum field f)
{
    return r->fields & 1u << f;
}

static struct slice line_value(struct slice in, const struct field_line *l)
{
    return (struct slice){in.p + l->value, l->value_len};
}

/* Exactly one Host in 1.1, at most one in 1.0, and it must be valid (RFC 9112 3.2). */
static bool host_ok(const struct request *r, struct slice in)
{
    unsigned count = 0;
    for (unsigned i = 0; i < r->line_count; i++) {
        if (r->lines[i].field != FIELD_HOST)
            continue;
        struct slice host = line_value(in, &r->lines[i]);
        /* An empty Host is valid if the target has no authority (RFC 9110 7.2). */
        if (++count > 1 || (host.n > 0 && !url_host_ok(host)))
            return false;
    }
    return count == 1 || r->http_1_0;
}

/* How the body is framed (RFC 9112 6.3). Anything that two recipients could read differently is refused. */
static enum parse read_framing(struct request *r, struct slice in)
{
    unsigned lengths = 0, encodings = 0;
    if (!has(r, FIELD_CONTENT_LENGTH) && !has(r, FIELD_TRANSFER_ENCODING))
        return PARSE_DONE;
    for (unsigned i = 0; i < r->line_count; i++) {
        struct slice value = line_value(in, &r->lines[i]);
        if (r->lines[i].field == FIELD_CONTENT_LENGTH) {
            if (++lengths > 1 || !slice_to_u64(value, &r->content_length))
                return bad(r, 400);
            r->framing = FRAMING_LENGTH;
        }
        if (r->lines[i].field == FIELD_TRANSFER_ENCODING) {
            /* chunked must be the last coding, once (6.1); we know no other coding. */
            bool last_is_chunked = false;
            unsigned codings = 0;
            struct slice rest = value, coding;
            if (++encodings > 1)
                return bad(r, 400);
            while (slice_cut(&rest, ',', &coding)) {
                coding = slice_trim(coding);
                if (coding.n == 0) /* Nothing between two commas is not an element (RFC 9110 5.6.1). */
                    continue;
                if (last_is_chunked)
                    return bad(r, 400);
                last_is_chunked = slice_eq_nocase(coding, SLICE("chunked"));
                codings++;
            }
            if (!last_is_chunked)
                return bad(r, 400);
            if (codings > 1)
                return bad(r, 501);
            r->framing = FRAMING_CHUNKED;
        }
    }
    if (encodings > 0 && (lengths > 0 || r->http_1_0))
        return bad(r, 400);
    return PARSE_DONE;
}

static enum parse finish(struct request *r, struct slice in)
{
    if (!host_ok(r, in))
        return bad(r, 400);
    for (unsigned i = 0; i < r->line_count && (has(r, FIELD_CONNECTION) || has(r, FIELD_EXPECT)); i++) {
        struct slice rest = line_value(in, &r->lines[i]), token;
        if (r->lines[i].field == FIELD_EXPECT)
            r->expect_continue = !r->http_1_0 && slice_eq_nocase(rest, SLICE("100-continue"));
        if (r->lines[i].field != FIELD_CONNECTION)
            continue;
        while (slice_cut(&rest, ',', &token)) {
            token = slice_trim(token);
            if (slice_eq_nocase(token, SLICE("close"))) {
                r->keep_alive = false;
                return read_framing(r, in); /* "close" wins (RFC 9112 9.3) */
            }
            if (slice_eq_nocase(token, SLICE("keep-alive")))
                r->keep_alive = true;
        }
    }
    return read_framing(r, in);
}

/* The offset at which the line or the head that is being read is too long. */
static uint32_t limit(const struct request *r)
{
    return r->at == REQUEST_AT_LINE ? r->line_start + REQUEST_LINE_MAX : r->fields_start + REQUEST_HEAD_MAX;
}

/* The next line of `in`, without its CRLF. Every control character but a tab, and so every CR or LF outside
 * a CRLF, is refused as soon as it is seen. It reads at most one byte past the limit: an error further on
 * must not change the answer for a head that came in one piece. */
static enum parse next_line(struct request *r, struct slice in, struct slice *ret_line)
{
    size_t end = in.n <= limit(r) ? in.n : limit(r) + 1;
    const char *lf = memchr(in.p + r->scanned, '\n', end - r->scanned);
    uint32_t i = lf ? (uint32_t)(lf - in.p) : (uint32_t)end;
    if (i > r->scanned && in.p[i - 1] == '\r')
        i--;
    if (!chars_are((struct slice){in.p + r->scanned, i - r->scanned}, CHAR_TEXT))
        return bad(r, 400);
    r->scanned = i;
    if (i == end || (in.p[i] == '\r' && i + 1 == in.n))
        return PARSE_MORE;
    if (in.p[i] != '\r' || in.p[i + 1] != '\n')
        return bad(r, 400);
    *ret_line = (struct slice){in.p + r->line_start, i - r->line_start};
    r->scanned = i + 2;
    return PARSE_DONE;
}

static enum parse check_size(struct request *r)
{
    if (r->scanned > limit(r))
        return bad(r, r->at == REQUEST_AT_LINE ? 414 : 431);
    return PARSE_MORE;
}

enum parse request_parse(struct request *r, struct slice in)
{
    for (;;) {
        struct slice line;
        enum parse p = next_line(r, in, &line);
        if (p == PARSE_BAD || check_size(r) == PARSE_BAD)
            return PARSE_BAD;
        if (p == PARSE_MORE)
            return PARSE_MORE;
        uint32_t offset = r->line_start;
        r->line_start = r->scanned;
        if (r->at == REQUEST_AT_LINE) {
            if (line.n == 0 && offset == 0)
                continue; /* One empty line before a request is ignored (RFC 9112 2.2). */
            r->at = REQUEST_AT_FIELDS;
            r->fields_start = r->scanned;
            p = read_request_line(r, line, offset);
        } else if (line.n == 0) {
            r->head_len = r->scanned;
            return finish(r, in);
        } else {
            p = read_field_line(r, line, offset);
        }
        if (p == PARSE_BAD)
            return PARSE_BAD;
    }
}

struct slice request_target(const struct request *r, struct slice in)
{
    return (struct slice){in.p + r->target, r->target_len};
}

struct slice request_field(const struct request *r, struct slice in, enum field f)
{
    for (unsigned i = 0; i < r->line_count && has(r, f); i++)
        if (r->lines[i].field == f)
            return line_value(in, &r->lines[i]);
    return (struct slice){NULL, 0};
}

struct slice request_list_field(const struct request *r, struct slice in, enum field f, char *room,
                                size_t cap)
{
    struct slice joined = {NULL, 0};
    for (unsigned i = 0; i < r->line_count && has(r, f); i++) {
        if (r->lines[i].field != f)
            continue;
        struct slice value = line_value(in, &r->lines[i]);
        if (!joined.p) {
            joined = value;
            continue;
        }
        if (joined.n + 1 + value.n > cap)
            return joined;
        memmove(room, joined.p, joined.n);
        room[joined.n] = ',';
        memcpy(room + joined.n + 1, value.p, value.n);
        joined = (struct slice){room, joined.n + 1 + value.n};
    }
    return joined;
}

unsigned request_field_count(const struct request *r, enum field f)
{
    unsigned count = 0;
    for (unsigned i = 0; i < r->line_count && has(r, f); i++)
        count += r->lines[i].field == f;
    return count;
}

struct slice request_line_of(struct slice in)
{
    struct slice line;
    while (in.n > 0 &&
           (in.p[0] == '\r' || in.p[0] == '\n')) /* Empty lines before a request (RFC 9112 2.2). */
        in = slice_from(in, 1);
    if (!slice_cut(&in, '\n', &line))
        return (struct slice){"", 0};
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}
