/* A request's body, to be read away. */
#include "http/body.h"

static enum parse bad(struct body_away *b, int status)
{
    b->bad_status = status;
    return PARSE_BAD;
}

void body_away_init(struct body_away *b, const struct request *r)
{
    *b = (struct body_away){.chunked = r->framing == FRAMING_CHUNKED, .left = r->content_length};
    b->at = b->chunked ? BODY_CHUNK_SIZE : r->content_length > 0 ? BODY_DATA : BODY_OVER;
}

/* A line ends at CRLF and nothing else: that two recipients disagree on where is how smuggling begins. */
static bool line_goes_on(struct body_away *b, char c, bool *ret_broken)
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

/* chunk-size [ chunk-ext ] CRLF (RFC 9112 7.1). */
static enum parse chunk_size_byte(struct body_away *b, char c)
{
    bool broken;
    if (!line_goes_on(b, c, &broken) && !broken && b->digits > 0) {
        b->at = b->left > 0 ? BODY_DATA : BODY_TRAILERS;
        b->digits = 0;
        b->in_extension = false;
        b->line_empty = true;
        return PARSE_MORE;
    }
    if (broken || c == '\n')
        return bad(b, 400);
    if (c == '\r' || b->in_extension)
        return b->digits > 0 ? PARSE_MORE : bad(b, 400);
    /* "1a ;ext": white space before the extension is allowed to be there (bad white space). */
    if (b->digits > 0 && (c == ';' || c == ' ' || c == '\t')) {
        b->in_extension = true;
        return PARSE_MORE;
    }
    int digit = hex_digit(c);
    if (digit < 0 || ++b->digits > 16) /* 16 digits fill 64 bits; one more would overflow. */
        return bad(b, 400);
    b->left = b->left << 4 | (unsigned)digit;
    return b->left > BODY_AWAY_MAX ? bad(b, 413) : PARSE_MORE;
}

static enum parse trailer_byte(struct body_away *b, char c)
{
    bool broken;
    bool goes_on = line_goes_on(b, c, &broken);
    if (broken)
        return bad(b, 400);
    if (goes_on) {
        b->line_empty &= c == '\r';
        return PARSE_MORE;
    }
    if (b->line_empty)
        b->at = BODY_OVER;
    b->line_empty = true;
    return PARSE_MORE;
}

static enum parse data_end_byte(struct body_away *b, char c)
{
    bool broken;
    bool goes_on = line_goes_on(b, c, &broken);
    if (broken || (goes_on && c != '\r'))
        return bad(b, 400);
    if (!goes_on)
        b->at = BODY_CHUNK_SIZE;
    return PARSE_MORE;
}

enum parse body_away_read(struct body_away *b, struct slice in, size_t *ret_used)
{
    size_t i = 0;
    enum parse p = PARSE_MORE;
    /* Refused before it is there. */
    if (!b->chunked && b->left > BODY_AWAY_MAX)
        return bad(b, 413);
    while (i < in.n && b->at != BODY_OVER && p != PARSE_BAD) {
        switch (b->at) {
        case BODY_DATA: {
            size_t n = in.n - i < b->left ? in.n - i : b->left;
            b->left -= n;
            i += n;
            if (b->left == 0)
                b->at = b->chunked ? BODY_DATA_END : BODY_OVER;
            continue;
        }
        case BODY_DATA_END:
            p = data_end_byte(b, in.p[i++]);
            break;
        case BODY_CHUNK_SIZE:
            p = chunk_size_byte(b, in.p[i++]);
            break;
        case BODY_TRAILERS:
            p = trailer_byte(b, in.p[i++]);
            break;
        case BODY_OVER:
            break;
        }
    }
    b->total += i;
    *ret_used = i;
    if (p == PARSE_BAD)
        return p;
    if (b->total > BODY_AWAY_MAX)
        return bad(b, 413);
    return b->at == BODY_OVER ? PARSE_DONE : PARSE_MORE;
}
