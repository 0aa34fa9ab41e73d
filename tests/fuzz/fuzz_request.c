/* A request's head: no read outside of its bytes, and the same result however it is split. */
#include "fuzz.h"

#include "http/request.h"

/* As much as a connection holds. */
static struct slice held(struct slice in)
{
    if (in.n > REQUEST_BUFFER)
        in.n = REQUEST_BUFFER;
    return in;
}

static void must_be_inside(const struct request *r, struct slice in)
{
    MUST(r->head_len <= in.n && r->head_len >= sizeof "GET / HTTP/1.0\r\n\r\n" - 3);
    MUST(slice_starts(slice_from(in, r->head_len - 4), SLICE("\r\n\r\n")));
    MUST(r->target_len > 0 && r->target + r->target_len < r->head_len);
    MUST(r->line_count <= REQUEST_FIELDS_MAX);
    for (unsigned i = 0; i < r->line_count; i++) {
        const struct field_line *l = &r->lines[i];
        MUST(l->value + l->value_len < r->head_len);
        for (unsigned k = 0; k < l->value_len; k++) {
            unsigned char c = (unsigned char)in.p[l->value + k];
            MUST((c >= ' ' || c == '\t') && c != 0x7f);
        }
    }
}

/* A request that could be read as two messages is refused (RFC 9112 6.3, 11.2). */
static void must_be_framed_once(const struct request *r)
{
    unsigned lengths = 0, codings = 0, hosts = 0;
    for (unsigned i = 0; i < r->line_count; i++) {
        lengths += r->lines[i].field == FIELD_CONTENT_LENGTH;
        codings += r->lines[i].field == FIELD_TRANSFER_ENCODING;
        hosts += r->lines[i].field == FIELD_HOST;
    }
    MUST(lengths + codings <= 1);
    MUST((r->framing == FRAMING_NONE) == (lengths + codings == 0));
    MUST(hosts == 1 || (hosts == 0 && r->http_1_0));
    MUST(!(codings > 0 && r->http_1_0));
}

static void must_be_the_same(enum parse p, const struct request *a, const struct request *b)
{
    if (p == PARSE_BAD)
        MUST(a->bad_status == b->bad_status);
    if (p != PARSE_DONE)
        return;
    MUST(a->method == b->method && a->target == b->target && a->target_len == b->target_len);
    MUST(a->http_1_0 == b->http_1_0 && a->keep_alive == b->keep_alive);
    MUST(a->expect_continue == b->expect_continue && a->framing == b->framing);
    MUST(a->content_length == b->content_length && a->head_len == b->head_len);
    MUST(a->line_count == b->line_count);
    for (unsigned i = 0; i < a->line_count; i++)
        MUST(a->lines[i].field == b->lines[i].field && a->lines[i].value == b->lines[i].value &&
             a->lines[i].value_len == b->lines[i].value_len);
}

/* In pieces of at most `most` bytes, each at another address: the buffer of a connection moves when it
 * grows. */
static enum parse parse_split(struct request *r, struct slice in, struct dice *d, size_t most)
{
    enum parse p = PARSE_MORE;
    size_t n = 0;
    request_init(r);
    while (p == PARSE_MORE && n < in.n) {
        size_t piece = 1 + dice_roll(d, most);
        n = in.n - n > piece ? n + piece : in.n;
        char *copy = malloc(n);
        MUST(copy);
        memcpy(copy, in.p, n);
        p = request_parse(r, (struct slice){copy, n});
        free(copy);
    }
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = held(fuzz_input(data, size));
    struct dice d = dice_of(in, 0);
    struct request whole, split;
    request_init(&whole);
    enum parse p = request_parse(&whole, in);
    MUST(p != PARSE_MORE || in.n < REQUEST_BUFFER); /* with a full buffer, no more bytes are waited for */
    if (p == PARSE_BAD)
        MUST(whole.bad_status >= 400 && whole.bad_status < 600);
    if (p == PARSE_DONE) {
        char room[64];
        must_be_inside(&whole, in);
        must_be_framed_once(&whole);
        struct slice joined = request_list_field(&whole, in, FIELD_ACCEPT, room, sizeof room);
        MUST(joined.p != room || joined.n <= sizeof room);
    }
    for (size_t most = in.n < 600 ? 1 : in.n / 8; most <= in.n; most = most * 8 + 1) {
        MUST(parse_split(&split, in, &d, most) == p);
        must_be_the_same(p, &whole, &split);
    }
    return 0;
}
