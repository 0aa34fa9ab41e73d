/* The fields that stand in every answer, as the operator wants them. */
#include "server/fields.h"

#include "base/text.h"
#include "http/chars.h"

/* Each is another in each answer; a second one, or a wrong one, would break the message or its meaning. */
static const struct slice ours[] = {
    SLICE("accept-ranges"),
    SLICE("allow"),
    SLICE("connection"),
    SLICE("content-disposition"),
    SLICE("content-length"),
    SLICE("content-range"),
    SLICE("date"),
    SLICE("etag"),
    SLICE("keep-alive"),
    SLICE("last-modified"),
    SLICE("location"),
    SLICE("trailer"),
    SLICE("transfer-encoding"),
    SLICE("upgrade"),
    SLICE("content-encoding"),
};

static enum status check_size(const struct buf *fields, struct err *e)
{
    if (fields->failed)
        return err_set(e, STATUS_USAGE, "the fields of --header and --cors are over %d bytes", FIELDS_MAX);
    return STATUS_DONE;
}

enum status fields_add_header(struct buf *fields, const char *header, struct err *e)
{
    struct slice name, value = slice_of(header);
    if (!slice_cut(&value, ':', &name) || !token_ok(name) || !chars_are(value, CHAR_TEXT))
        return err_set(e, STATUS_USAGE, "'%s' is no header field (try --header 'Cache-Control: no-cache')",
                       escape(slice_of(header)).text);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (slice_eq_nocase(name, ours[i]))
            return err_set(e, STATUS_USAGE, "--header cannot set %s: each answer has its own",
                           escape(name).text);
    value = slice_trim(value);
    buf_add(fields, name);
    buf_add(fields, SLICE(": "));
    buf_add(fields, value);
    buf_add(fields, SLICE("\r\n"));
    return check_size(fields, e);
}

enum status fields_add_cors(struct buf *fields, const char *origin, struct err *e)
{
    struct slice s = slice_of(origin);
    if (s.n == 0 || !chars_are(s, CHAR_TEXT) || memchr(s.p, ' ', s.n) || memchr(s.p, '\t', s.n))
        return err_set(e, STATUS_USAGE, "'%s' is no origin (try --cors '*' or --cors https://example.org)",
                       escape(s).text);
    buf_add(fields, SLICE("Access-Control-Allow-Origin: "));
    buf_add(fields, s);
    buf_add(fields,
            SLICE("\r\nAccess-Control-Expose-Headers: Accept-Ranges, Content-Disposition, Content-Length, "
                  "Content-Range, ETag, Last-Modified\r\n"));
    return check_size(fields, e);
}

void fields_add_preflight(struct buf *out)
{
    buf_add(out, SLICE("Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
                       "Access-Control-Allow-Headers: If-Match, If-Modified-Since, If-None-Match, If-Range, "
                       "If-Unmodified-Since, Range\r\n"
                       "Access-Control-Max-Age: 86400\r\n"));
}
