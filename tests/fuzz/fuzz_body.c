/* A body ends where the plainest reading of RFC 9112 7.1 says, and has the payload that it finds, however it
 * is split. */
#include "fuzz.h"

#include "http/body.h"
#include "http/chars.h"

#define BODY_MOST (1024 * 1024)

struct outcome {
    enum parse parse;
    size_t used; /* unless PARSE_BAD */
    int status;  /* for PARSE_BAD */
    struct buf payload;
};

/* In pieces of at most `most` bytes, each at a place of its own, of whose payload some is taken at a time. */
static struct outcome read_body(const struct request *r, struct slice in, struct dice *d, size_t most)
{
    struct body b;
    struct outcome o = {.parse = PARSE_MORE, .payload = buf_new((uint32_t)in.n + 1)};
    size_t at = 0, used;
    body_init(&b, r, BODY_MOST);
    do {
        struct slice payload;
        size_t n = in.n - at;
        if (most > 0 && n > most)
            n = 1 + dice_roll(d, most);
        char *copy = malloc(n + 1);
        MUST(copy);
        memcpy(copy + 1, in.p + at, n); /* flush against its end */
        o.parse = body_next(&b, (struct slice){copy + 1, n}, &used, &payload);
        MUST(used + payload.n <= n && (payload.n == 0 || payload.p == copy + 1 + used));
        MUST(o.parse == PARSE_MORE || payload.n == 0);
        if (most > 0 && payload.n > 1)
            payload.n = 1 + dice_roll(d, payload.n);
        buf_add(&o.payload, payload);
        body_took(&b, payload.n);
        used += payload.n;
        free(copy);
        if (o.parse == PARSE_BAD) {
            MUST(b.bad_status == 400 || b.bad_status == 413);
            o.status = b.bad_status;
            return o;
        }
        at += used;
    } while (o.parse == PARSE_MORE && used > 0);
    MUST(o.parse == PARSE_DONE || at == in.n);
    o.used = at;
    return o;
}

/* The payload is the caller's to free. */
static struct outcome read_in_pieces(const struct request *r, struct slice in, struct dice *d)
{
    struct outcome whole = read_body(r, in, d, 0);
    for (size_t most = 1; most <= in.n; most = most * 8 + 1) {
        struct outcome split = read_body(r, in, d, most);
        MUST(split.parse == whole.parse && split.used == whole.used && split.status == whole.status);
        MUST(slice_eq(buf_slice(&split.payload), buf_slice(&whole.payload)));
        buf_free(&split.payload);
    }
    return whole;
}

/* ---- the plainest reading ---- */

/* Cuts a line with its CRLF off the front of *rest. PARSE_BAD if another control character comes first. */
static enum parse cut_line(struct slice *rest, struct slice *ret)
{
    for (size_t i = 0; i < rest->n; i++) {
        unsigned char c = (unsigned char)rest->p[i];
        if (c == '\r' && i + 1 == rest->n)
            return PARSE_MORE;
        if (c == '\r' && rest->p[i + 1] == '\n') {
            *ret = (struct slice){rest->p, i};
            *rest = slice_from(*rest, i + 2);
            return PARSE_DONE;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return PARSE_BAD;
    }
    return PARSE_MORE;
}

/* Cuts bytes of a class off the front of *s, and returns their number. */
static size_t cut_all(struct slice *s, const char *of, bool token)
{
    size_t n = 0;
    while (n < s->n && (token ? char_is(s->p[n], CHAR_TOKEN) : s->p[n] != '\0' && strchr(of, s->p[n])))
        n++;
    *s = slice_from(*s, n);
    return n;
}

static bool cut_char(struct slice *s, char c)
{
    bool there = s->n > 0 && s->p[0] == c;
    *s = slice_from(*s, there);
    return there;
}

static bool cut_quoted(struct slice *s)
{
    if (!cut_char(s, '"'))
        return false;
    while (s->n > 0 && s->p[0] != '"')
        *s = slice_from(*s, s->p[0] == '\\' ? 2 : 1);
    return cut_char(s, '"');
}

/* *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), and nothing else. */
static bool is_extensions(struct slice s)
{
    while (s.n > 0) {
        cut_all(&s, " \t", false);
        if (!cut_char(&s, ';'))
            return false;
        cut_all(&s, " \t", false);
        if (cut_all(&s, "", true) == 0)
            return false;
        struct slice behind = s;
        cut_all(&behind, " \t", false);
        if (!cut_char(&behind, '='))
            continue;
        cut_all(&behind, " \t", false);
        s = behind;
        if (cut_all(&s, "", true) == 0 && !cut_quoted(&s))
            return false;
    }
    return true;
}

/* False if it is invalid or too large. */
static bool chunk_size(struct slice line, uint64_t *ret)
{
    struct slice rest = line;
    if (cut_all(&rest, "0123456789abcdefABCDEF", false) == 0 || !is_extensions(rest))
        return false;
    cut_all(&line, "0", false);
    size_t n = line.n - rest.n;
    char digits[17] = "0";
    if (n > 16)
        return false;
    memcpy(digits, line.p, n);
    *ret = strtoull(digits, NULL, 16);
    return *ret <= BODY_MOST;
}

static bool is_field(struct slice line)
{
    return cut_all(&line, "", true) > 0 && cut_char(&line, ':');
}

/* PARSE_DONE with the rest after the body in *rest; PARSE_MORE, even if it can only become wrong. */
static enum parse read_plainly(struct slice *rest, struct buf *payload)
{
    struct slice line;
    for (;;) {
        uint64_t size;
        enum parse p = cut_line(rest, &line);
        if (p != PARSE_DONE)
            return p;
        if (!chunk_size(line, &size))
            return PARSE_BAD;
        if (size == 0)
            break;
        if (rest->n < size + 2)
            return PARSE_MORE;
        buf_add(payload, (struct slice){rest->p, size});
        *rest = slice_from(*rest, size);
        if (!slice_starts(*rest, SLICE("\r\n")))
            return PARSE_BAD;
        *rest = slice_from(*rest, 2);
    }
    for (;;) {
        enum parse p = cut_line(rest, &line);
        if (p != PARSE_DONE || line.n == 0)
            return p;
        if (!is_field(line))
            return PARSE_BAD;
    }
}

static void check_chunked(struct slice in, struct dice *d)
{
    const struct request r = {.framing = FRAMING_CHUNKED};
    struct buf payload = buf_new((uint32_t)in.n + 1);
    struct slice rest = in;
    struct outcome o = read_in_pieces(&r, in, d);
    enum parse plainly = read_plainly(&rest, &payload);
    MUST((o.parse == PARSE_DONE) == (plainly == PARSE_DONE));
    if (plainly == PARSE_DONE)
        MUST(o.used == in.n - rest.n && slice_eq(buf_slice(&o.payload), buf_slice(&payload)));
    if (plainly == PARSE_BAD)
        MUST(o.parse == PARSE_BAD);
    buf_free(&payload);
    buf_free(&o.payload);
}

static void check_length(struct slice in, struct dice *d)
{
    const struct request r = {.framing = FRAMING_LENGTH, .content_length = dice_roll(d, 2 * in.n + 2)};
    struct outcome o = read_in_pieces(&r, in, d);
    if (r.content_length > BODY_MOST)
        MUST(o.parse == PARSE_BAD && o.status == 413);
    else if (r.content_length <= in.n)
        MUST(o.parse == PARSE_DONE && o.used == r.content_length);
    else
        MUST(o.parse == PARSE_MORE && o.used == in.n);
    MUST(o.parse == PARSE_BAD || slice_eq(buf_slice(&o.payload), (struct slice){in.p, o.used}));
    buf_free(&o.payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    struct dice d = dice_of(in, 0);
    check_chunked(in, &d);
    check_length(in, &d);
    return 0;
}
