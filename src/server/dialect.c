/* What does this client speak? The first bytes tell. */
#include "server/dialect.h"

#include "http/request.h"

static bool last_word_is_http(struct slice line)
{
    while (line.n > 0 && line.p[line.n - 1] == ' ')
        line.n--;
    const char *space = memrchr(line.p, ' ', line.n);
    return space && slice_starts(slice_from(line, (size_t)(space - line.p) + 1), SLICE("HTTP/"));
}

struct slice dialect_plain_name(struct slice first)
{
    const char *newline = memchr(first.p, '\n', first.n);
    if (newline)
        first.n = (size_t)(newline - first.p);
    if (first.n > 0 && first.p[first.n - 1] == '\r')
        first.n--;
    return first;
}

enum dialect dialect_detect(struct slice first, bool no_more)
{
    if (first.n == 0)
        return no_more ? DIALECT_PLAIN : DIALECT_UNKNOWN;
    /* A handshake record of any TLS version (RFC 8446 5.1). No file name that is text begins so. */
    if (first.n >= 3 && first.p[0] == 0x16 && first.p[1] == 0x03 && (unsigned char)first.p[2] <= 4)
        return DIALECT_TLS;

    struct slice line = first;
    /* An empty line may stand in front of an HTTP request (RFC 9112 2.2), and more of them make it one that
     * is refused; alone they are an empty name. */
    while (slice_starts(line, SLICE("\r\n")))
        line = slice_from(line, 2);
    if (request_starts_with_method(line) != METHOD_UNKNOWN)
        return DIALECT_HTTP;
    const char *newline = memchr(line.p, '\n', line.n);
    if (newline) {
        line.n = (size_t)(newline - line.p);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        return last_word_is_http(line) ? DIALECT_HTTP : DIALECT_PLAIN;
    }
    if (!no_more && first.n < REQUEST_LINE_MAX)
        return DIALECT_UNKNOWN;
    return last_word_is_http(line) ? DIALECT_HTTP : DIALECT_PLAIN;
}
