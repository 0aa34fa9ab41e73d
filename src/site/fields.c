/* The operator's fields, which are added to every answer. */
#include "site/fields.h"

#include "base/text.h"
#include "http/chars.h"
#include "http/head.h"
#include "http/url.h"

/* These differ in every answer, and a second or wrong one would break the message or its meaning. All other
 * fields of ours can be replaced by the operator (fields_have()). */
static const struct slice ours[] = {
    SLICE("accept-ranges"),
    SLICE("allow"),
    SLICE("connection"),
    SLICE("content-disposition"),
    SLICE("content-length"),
    SLICE("content-range"),
    SLICE("content-type"),
    SLICE("date"),
    SLICE("etag"),
    SLICE("keep-alive"),
    SLICE("last-modified"),
    SLICE("location"),
    SLICE("retry-after"),
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
    if (!memchr(value.p, ':', value.n) || !slice_cut(&value, ':', &name) || !token_ok(name) ||
        !chars_are(value, CHAR_TEXT))
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

/* As a browser writes it (RFC 6454 6.2), since it is compared byte by byte: no path, no capitals. */
static bool is_origin(struct slice s)
{
    struct slice scheme;
    for (size_t i = 0; i < s.n; i++)
        if (ascii_lower(s.p[i]) != s.p[i])
            return false;
    if (!memchr(s.p, ':', s.n) || !slice_cut(&s, ':', &scheme) || !token_ok(scheme) ||
        !slice_starts(s, SLICE("//")))
        return false;
    s = slice_from(s, 2);
    return s.n > 0 && s.p[s.n - 1] != ':' && url_host_ok(s);
}

bool fields_have(struct slice fields, struct slice name)
{
    for (struct slice line, word; slice_cut(&fields, '\n', &line);)
        if (slice_cut(&line, ':', &word) && slice_eq_nocase(word, name))
            return true;
    return false;
}

enum status fields_add_cors(struct buf *fields, const char *origin, struct err *e)
{
    struct slice s = slice_of(origin);
    if (!slice_eq(s, SLICE("*")) && !is_origin(s))
        return err_set(e, STATUS_USAGE, "'%s' is no origin (try --cors '*' or --cors https://example.org)",
                       escape(s).text);
    struct slice given = buf_slice(fields);
    bool origin_given = fields_have(given, SLICE("Access-Control-Allow-Origin"));
    bool exposed_given = fields_have(given, SLICE("Access-Control-Expose-Headers"));
    if (!origin_given) {
        buf_add(fields, SLICE("Access-Control-Allow-Origin: "));
        buf_add(fields, s);
        buf_add(fields, SLICE("\r\n"));
    }
    if (!exposed_given)
        buf_add(fields,
                SLICE("Access-Control-Expose-Headers: Accept-Ranges, Content-Disposition, Content-Length, "
                      "Content-Range, ETag, Last-Modified\r\n"));
    return check_size(fields, e);
}

void fields_add_unless_given(struct buf *out, struct slice given, struct slice name, struct slice value)
{
    if (!fields_have(given, name))
        head_text(out, name, value);
}

void fields_add_preflight(struct buf *out, struct slice given)
{
    fields_add_unless_given(out, given, SLICE("Access-Control-Allow-Methods"), SLICE("GET, HEAD, OPTIONS"));
    fields_add_unless_given(out, given, SLICE("Access-Control-Allow-Headers"),
                            SLICE("If-Match, If-Modified-Since, If-None-Match, If-Range, "
                                  "If-Unmodified-Since, Range"));
    fields_add_unless_given(out, given, SLICE("Access-Control-Max-Age"), SLICE("86400"));
}
