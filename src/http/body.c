/* Takes the framing off a request's body. */
#include "http/body.h"

#include "http/chars.h"

static enum parse bad(struct body *b, int status)
{
    b->bad_status = status;
    return PARSE_BAD;
}

void body_init(struct body *b, const struct request *r, uint64_t most)
{
    *b = (struct body){.chunked = r->framing == FRAMING_CHUNKED, .left = r->content_length, .most = most};
    b->at = b->chunked ? BODY_CHUNK_SIZE : r->content_length > 0 ? BODY_DATA : BODY_OVER;
}

/* A line ends with CRLF only: if two recipients disagree about the end of a line, smuggling begins. */
static bool line_goes_on(struct body *b, char c, bool *ret_broken)
{
    *ret_broken = (b->cr && c != '\n') || (!b->cr && c == '\n') ||
                  ((unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
    b->cr = c == '\r';
    return c != '\n';
}

static int hex_digit(char c)
{
    char lower = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads one byte of chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), or of the
 * CR after it. Returns the place in the line after that byte, or -1. */
static int extension_byte(int at, char c)
{
    bool blank = is_blank(c), token = char_is(c, CHAR_TOKEN);
    switch (at) {
    case CHUNK_DIGITS:
    case CHUNK_GAP:
    case EXT_CLOSED:
        return c == ';' ? EXT_START : blank ? CHUNK_GAP : -1;
    case EXT_START:
        return token ? EXT_NAME : blank ? EXT_START : -1;
    case EXT_NAME:
    case EXT_NAME_GAP:
        if (token && at == EXT_NAME)
            return EXT_NAME;
        return c == '=' ? EXT_VALUE_START : c == ';' ? EXT_START : blank ? EXT_NAME_GAP : -1;
    case EXT_VALUE_START:
        return token ? EXT_TOKEN : c == '"' ? EXT_QUOTED : blank ? EXT_VALUE_START : -1;
    case EXT_TOKEN:
        return token ? EXT_TOKEN : c == ';' ? EXT_START : blank ? CHUNK_GAP : -1;
    case EXT_QUOTED:
        return c == '"' ? EXT_CLOSED : c == '\\' ? EXT_ESCAPED : EXT_QUOTED;
    case EXT_ESCAPED:
        return EXT_QUOTED;
    default:
        return -1;
    }
}

/* chunk-size [ chunk-ext ] CRLF (RFC 9112 7.1). */
static enum parse chunk_size_byte(struct body *b, char c)
{
    bool broken;
    bool goes_on = line_goes_on(b, c, &broken);
    if (broken)
        return bad(b, 400);
    if (!goes_on) {
        b->at = b->left > 0 ? BODY_DATA : BODY_TRAILERS;
        b->in_line = LINE_START;
        return PARSE_MORE;
    }
    if (c == '\r') {
        bool may_end = b->in_line == CHUNK_DIGITS || b->in_line == EXT_NAME || b->in_line == EXT_TOKEN ||
                       b->in_line == EXT_CLOSED;
        return may_end ? PARSE_MORE : bad(b, 400);
    }
    int digit = hex_digit(c);
    if (digit >= 0 && (b->in_line == LINE_START || b->in_line == CHUNK_DIGITS)) {
        b->in_line = CHUNK_DIGITS;
        if (b->left > b->most >> 4) /* Before it no longer fits. */
            return bad(b, 413);
        b->left = b->left << 4 | (unsigned)digit;
        return b->left > b->most ? bad(b, 413) : PARSE_MORE;
    }
    int next = extension_byte(b->in_line, c);
    if (next < 0)
        return bad(b, 400);
    b->in_line = next;
    return PARSE_MORE;
}

/* Trailers are not used, but another recipient could read a malformed one as something else, so it is
 * refused. */
static enum parse trailer_byte(struct body *b, char c)
{
    bool broken;
    bool goes_on = line_goes_on(b, c, &broken);
    if (broken)
        return bad(b, 400);
    if (!goes_on) {
        b->at = b->in_line == LINE_START ? BODY_OVER : BODY_TRAILERS;
        b->in_line = LINE_START;
        return PARSE_MORE;
    }
    if (b->in_line == TRAILER_VALUE || (c == '\r' && b->in_line == LINE_START))
        return PARSE_MORE;
    if (char_is(c, CHAR_TOKEN))
        b->in_line = TRAILER_NAME;
    else if (c == ':' && b->in_line == TRAILER_NAME)
        b->in_line = TRAILER_VALUE;
    else
        return bad(b, 400);
    return PARSE_MORE;
}

static enum parse data_end_byte(struct body *b, char c)
{
    bool broken;
    bool goes_on = line_goes_on(b, c, &broken);
    if (broken || (goes_on && c != '\r'))
        return bad(b, 400);
    if (!goes_on)
        b->at = BODY_CHUNK_SIZE;
    return PARSE_MORE;
}

static enum parse framing_byte(struct body *b, char c)
{
    switch (b->at) {
    case BODY_CHUNK_SIZE:
        return chunk_size_byte(b, c);
    case BODY_DATA_END:
        return data_end_byte(b, c);
    case BODY_TRAILERS:
        return trailer_byte(b, c);
    case BODY_DATA:
    case BODY_OVER:
        break;
    }
    __builtin_unreachable();
}

static enum parse count(struct body *b, size_t n)
{
    b->total += n;
    return b->total > b->most ? bad(b, 413) : PARSE_MORE;
}

enum parse body_next(struct body *b, struct slice in, size_t *ret_framing, struct slice *ret_payload)
{
    size_t i = 0;
    enum parse p = PARSE_MORE;
    *ret_framing = 0;
    *ret_payload = SLICE("");
    if (b->bad_status != 0)
        return PARSE_BAD;
    /* Refuse it before it arrives. */
    if (!b->chunked && b->left > b->most)
        return bad(b, 413);
    while (i < in.n && b->at != BODY_DATA && b->at != BODY_OVER && p == PARSE_MORE)
        p = framing_byte(b, in.p[i++]);
    *ret_framing = i;
    if (p == PARSE_MORE)
        p = count(b, i);
    if (p == PARSE_BAD)
        return p;
    if (b->at == BODY_OVER)
        return PARSE_DONE;
    if (b->at == BODY_DATA) {
        *ret_payload = slice_from(in, i);
        if (ret_payload->n > b->left)
            ret_payload->n = (size_t)b->left;
    }
    return PARSE_MORE;
}

void body_took(struct body *b, size_t n)
{
    b->left -= n;
    count(b, n);
    if (b->at == BODY_DATA && b->left == 0)
        b->at = b->chunked ? BODY_DATA_END : BODY_OVER;
}
