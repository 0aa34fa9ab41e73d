/* Bodies: where they end, what their payload is, and what is invalid. */
#include "base/buf.h"
#include "guarded.h"
#include "http/body.h"
#include "unit.h"

#define MOST (1024 * 1024)

static struct request framed(enum body_framing framing, uint64_t length)
{
    return (struct request){.framing = framing, .content_length = length};
}

/* Reads `text` in pieces of `step` bytes, of whose payload `few` are taken at a time. */
static enum parse read_body(struct body *b, const char *text, size_t step, size_t few, struct buf *got,
                            size_t *ret_used)
{
    size_t n = strlen(text), at = 0, used;
    enum parse p;
    do {
        struct slice payload;
        size_t piece = n - at < step ? n - at : step;
        p = body_next(b, guarded((struct slice){text + at, piece}), &used, &payload);
        payload.n = payload.n < few ? payload.n : few;
        buf_add(got, payload);
        body_took(b, payload.n);
        used += payload.n;
        at += p == PARSE_BAD ? 0 : used;
    } while (p == PARSE_MORE && used > 0);
    *ret_used = at;
    return p;
}

static void ends_where_its_framing_says(void **state)
{
    static const struct {
        const char *in;
        int result; /* bytes of the body; the negative status if it is refused; 0 if it is incomplete */
    } cases[] = {
        {"0\r\n\r\nnext", 5},
        {"5\r\nhello\r\n0\r\n\r\nnext", 15},
        {"00005\r\nhello\r\n0\r\n\r\n", 19},
        {"A;x=y\r\n0123456789\r\n0\r\n\r\n", 24},
        {"a ; x=\"y\"\r\n0123456789\r\n000\r\n\r\n", 30},
        {"0\r\nTrailer: x\r\nOther: y\r\n\r\nnext", 27},
        {"5\r\nhello\r\n", 0},
        {"5\r\nhel", 0},
        {"0\r\n", 0},
        {"\r\n", -400},
        {"x\r\n", -400},
        {"-1\r\n", -400},
        {"0x5\r\n", -400},
        {" 5\r\n", -400},
        {"5\nhello\n0\n\n", -400},
        {"5\r\rhello", -400},
        {"5\r\nhello0\r\n", -400},
        {"5\r\nhello\n", -400},
        {"5\r\nhello\r\r\n", -400},
        {";x\r\n", -400},
        {"5;\001\r\n", -400},
        {"0\r\nTrailer: x\n\r\n", -400},
        {"00000000000000005\r\nhello\r\n00000000000000000000\r\n\r\n", 50}, /* any number of zeros */
        {"5 x\r\n", -400},
        {"5 \r\n", -400},
        {"5\t\r\n", -400},
        {"5 ;x\r\nhello\r\n0\r\n\r\n", 18},
        {"5;x\r\nhello\r\n0;y\r\n\r\n", 19},
        {"5 \t; \tx \t= \ty \t; z\r\nhello\r\n0\r\n\r\n", 32},
        {"5;x=\"; \\\" \xc3\xa9\t\";y=\"\"\r\nhello\r\n0\r\n\r\n", 33},
        {"5;\r\n", -400},
        {"5; \r\n", -400},
        {"5;;x\r\n", -400},
        {"5;x;\r\n", -400},
        {"5;=y\r\n", -400},
        {"5;x=\r\n", -400},
        {"5;x= \r\n", -400},
        {"5;x \r\n", -400},
        {"5;x=y \r\n", -400},
        {"5;x y\r\n", -400},
        {"5;x=y=z\r\n", -400},
        {"5;x=y z\r\n", -400},
        {"5;x=\"y\r\n", -400},
        {"5;x=\"y\\\r\n", -400},
        {"5;x=\"y\"z\r\n", -400},
        {"5;x=\"y\" \r\n", -400},
        {"5;x=\"\n\"\r\n", -400},
        {"5;\xc3\xa9\r\n", -400},
        {"5;[x]\r\n", -400},
        {"5,x\r\n", -400},
        {"5x\r\n", -400},
        {"0\r\nnocolon\r\n\r\n", -400},
        {"0\r\nA : b\r\n\r\n", -400},
        {"0\r\n: b\r\n\r\n", -400},
        {"0\r\n A: b\r\n\r\n", -400},
        {"0\r\nA: b\r\n c\r\n\r\n", -400},
        {"0\r\nA: b\r\n\tc\r\n\r\n", -400},
        {"0\r\nA(b): c\r\n\r\n", -400},
        {"0\r\nA: \001\r\n\r\n", -400},
        {"0\r\nA:\r\nB:: \xc3\xa9 \r\n\r\n", 18},
        {"fffffffffffffffff\r\n", -413},
        {"ffffffffffffffff\r\n", -413},
        {"100001\r\n", -413},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t step = 1; step <= 40; step++) {
            struct buf got = buf_new(100);
            struct body b;
            struct request r = framed(FRAMING_CHUNKED, 0);
            size_t used;
            body_init(&b, &r, MOST);
            enum parse p = read_body(&b, cases[i].in, step, step, &got, &used);
            int result = p == PARSE_DONE ? (int)used : p == PARSE_BAD ? -b.bad_status : 0;
            if (result != cases[i].result)
                fail_msg("case %zu in steps of %zu: %d instead of %d", i, step, result, cases[i].result);
            buf_free(&got);
        }
    }
}

static void yields_what_was_framed(void **state)
{
    static const char in[] = "5;x=y\r\n01234\r\n1\r\n5\r\na\r\n6789\r\nabcd\r\n0\r\nA: b\r\n\r\nnext";
    struct request chunked = framed(FRAMING_CHUNKED, 0), sized = framed(FRAMING_LENGTH, 14);
    (void)state;
    for (size_t step = 1; step < sizeof in; step++)
        for (size_t few = 1; few <= step; few++) {
            struct buf got = buf_new(100);
            struct body b;
            size_t used;
            body_init(&b, &chunked, MOST);
            assert_int_equal(read_body(&b, in, step, few, &got, &used), PARSE_DONE);
            assert_string_equal(in + used, "next");
            assert_true(slice_eq(buf_slice(&got), SLICE("0123456789\r\nabcd")));
            buf_clear(&got);
            body_init(&b, &sized, MOST);
            assert_int_equal(read_body(&b, "0123456789abcdnext", step, few, &got, &used), PARSE_DONE);
            assert_int_equal(used, 14);
            assert_true(slice_eq(buf_slice(&got), SLICE("0123456789abcd")));
            buf_free(&got);
        }
}

static void a_length_is_refused_at_once_or_not_at_all(void **state)
{
    struct request none = framed(FRAMING_LENGTH, 0), just = framed(FRAMING_LENGTH, MOST),
                   vast = framed(FRAMING_LENGTH, MOST + 1);
    struct slice payload;
    struct body b;
    size_t used;
    (void)state;
    body_init(&b, &none, MOST);
    assert_int_equal(body_next(&b, SLICE("next"), &used, &payload), PARSE_DONE);
    assert_int_equal(used + payload.n, 0);
    body_init(&b, &just, MOST);
    assert_int_equal(body_next(&b, SLICE(""), &used, &payload), PARSE_MORE);
    body_init(&b, &vast, MOST);
    assert_int_equal(body_next(&b, SLICE(""), &used, &payload), PARSE_BAD);
    assert_int_equal(b.bad_status, 413);
}

/* Without a limit, a size that no number holds is still none. */
static void a_chunk_may_be_as_long_as_the_limit(void **state)
{
    static const struct {
        const char *in;
        uint64_t most;
        int status;
    } cases[] = {
        {"ffffffffffffffff\r\n", UINT64_MAX, 0},
        {"10000000000000000\r\n", UINT64_MAX, 413},
        {"11\r\n", 0x11, 0},
        {"12\r\n", 0x11, 413},
        {"20\r\n", 0x11, 413},
    };
    struct request r = framed(FRAMING_CHUNKED, 0);
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct slice payload;
        struct body b;
        size_t used;
        body_init(&b, &r, cases[i].most);
        assert_int_equal(body_next(&b, slice_of(cases[i].in), &used, &payload),
                         cases[i].status ? PARSE_BAD : PARSE_MORE);
        assert_int_equal(b.bad_status, cases[i].status);
    }
}

static void many_small_chunks_are_a_large_body(void **state)
{
    struct request r = framed(FRAMING_CHUNKED, 0);
    enum parse p = PARSE_MORE;
    struct slice payload;
    struct body b;
    size_t used, sent = 0;
    (void)state;
    body_init(&b, &r, MOST);
    for (; p == PARSE_MORE && sent < 4 * MOST; sent += 6) {
        struct slice in = SLICE("1\r\nx\r\n");
        while ((p = body_next(&b, in, &used, &payload)) == PARSE_MORE && payload.n > 0) {
            body_took(&b, payload.n);
            in = slice_from(in, used + payload.n);
        }
    }
    assert_int_equal(p, PARSE_BAD);
    assert_int_equal(b.bad_status, 413);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_where_its_framing_says),
        cmocka_unit_test(yields_what_was_framed),
        cmocka_unit_test(a_length_is_refused_at_once_or_not_at_all),
        cmocka_unit_test(a_chunk_may_be_as_long_as_the_limit),
        cmocka_unit_test(many_small_chunks_are_a_large_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
