/* Bodies that are discarded: where they end, and what is invalid. */
#include "guarded.h"
#include "http/body.h"
#include "unit.h"

static struct request framed(enum body_framing framing, uint64_t length)
{
    return (struct request){.framing = framing, .content_length = length};
}

/* Reads `text` in pieces of `step` bytes. */
static enum parse read_away(struct body_away *b, const char *text, size_t step, size_t *ret_used)
{
    enum parse p = PARSE_MORE;
    size_t n = strlen(text), at = 0, used;
    do {
        size_t piece = n - at < step ? n - at : step;
        p = body_away_read(b, guarded((struct slice){text + at, piece}), &used);
        at += p == PARSE_BAD ? 0 : used;
    } while (p == PARSE_MORE && at < n);
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
            struct body_away b;
            struct request r = framed(FRAMING_CHUNKED, 0);
            size_t used;
            body_away_init(&b, &r);
            enum parse p = read_away(&b, cases[i].in, step, &used);
            int result = p == PARSE_DONE ? (int)used : p == PARSE_BAD ? -b.bad_status : 0;
            if (result != cases[i].result)
                fail_msg("case %zu in steps of %zu: %d instead of %d", i, step, result, cases[i].result);
        }
    }
}

static void counts_a_length(void **state)
{
    struct body_away b;
    size_t used;
    (void)state;
    struct request five = framed(FRAMING_LENGTH, 5), none = framed(FRAMING_LENGTH, 0),
                   vast = framed(FRAMING_LENGTH, BODY_AWAY_MAX + 1);
    body_away_init(&b, &five);
    assert_int_equal(body_away_read(&b, SLICE("hel"), &used), PARSE_MORE);
    assert_int_equal(used, 3);
    assert_int_equal(body_away_read(&b, SLICE("lonext"), &used), PARSE_DONE);
    assert_int_equal(used, 2);
    body_away_init(&b, &none);
    assert_int_equal(body_away_read(&b, SLICE("next"), &used), PARSE_DONE);
    assert_int_equal(used, 0);
    body_away_init(&b, &vast);
    assert_int_equal(body_away_read(&b, SLICE(""), &used), PARSE_BAD);
    assert_int_equal(b.bad_status, 413);
}

static void many_small_chunks_are_a_large_body(void **state)
{
    struct body_away b;
    struct request r = framed(FRAMING_CHUNKED, 0);
    enum parse p = PARSE_MORE;
    size_t used, sent = 0;
    (void)state;
    body_away_init(&b, &r);
    for (; p == PARSE_MORE && sent < 4 * BODY_AWAY_MAX; sent += 6)
        p = body_away_read(&b, SLICE("1\r\nx\r\n"), &used);
    assert_int_equal(p, PARSE_BAD);
    assert_int_equal(b.bad_status, 413);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_where_its_framing_says),
        cmocka_unit_test(counts_a_length),
        cmocka_unit_test(many_small_chunks_are_a_large_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
