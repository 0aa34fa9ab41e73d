/* What the head of an answer says, and whether it goes with the bytes that are here. */
#include "client/answer.h"
#include "guard.h"
#include "unit.h"

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */
#define PLACE "http://nas/f"

/* A head, its lines parted by '\n' as they are on the wire. */
static struct answer read_head(const char *head)
{
    struct answer a = {.place = PLACE};
    for (struct slice line, rest = slice_of(head); slice_cut(&rest, '\n', &line);) {
        const char *copy = guard_end(line.p, line.n);
        answer_add_line(&a, (struct slice){copy, line.n}, NOW);
        guard_free(copy, line.n);
    }
    return a;
}

#define OLD "Last-Modified: Tue, 14 Nov 2023 22:13:10 GMT"
#define DATE "Date: Tue, 14 Nov 2023 22:13:20 GMT"

static const struct {
    const char *head, *validator; /* NULL: none that is strong */
} validators[] = {
    {"HTTP/1.1 200 OK\r\nETag: \"a\"\r\n", "\"a\""},
    {"HTTP/2 200\netag:\"\"\n", "\"\""},
    {"HTTP/1.1 200\nETag: \"a\"\n" OLD "\n" DATE, "\"a\""},
    {"HTTP/1.1 200\nETag: W/\"a\"", NULL},
    {"HTTP/1.1 200\nETag: W/\"a\"\n" OLD "\n" DATE, NULL}, /* where there is a tag, a date may not stand in */
    {"HTTP/1.1 200\nETag: a\n" OLD "\n" DATE, NULL},
    {"HTTP/1.1 200\nETag: \"a\nETag: \"a\"", NULL},
    {"HTTP/1.1 200\nETag: \"a\"\nETag: \"a\"", NULL},
    {"HTTP/1.1 200\nETag: \"a b\"", NULL},
    {"HTTP/1.1 200\nETag: \"a\"b\"", NULL},
    {"HTTP/1.1 200\n" OLD "\n" DATE, "Tue, 14 Nov 2023 22:13:10 GMT"},
    {"HTTP/1.1 200\n" OLD, NULL},
    {"HTTP/1.1 200\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\n" DATE, NULL}, /* within the same second */
    {"HTTP/1.1 200\nLast-Modified: Tue, 14 Nov 2023 22:13:19 GMT\n" DATE, "Tue, 14 Nov 2023 22:13:19 GMT"},
    {"HTTP/1.1 200\nLast-Modified: yesterday\n" DATE, NULL},
    {"HTTP/1.1 302 Found\nETag: \"a\"\nHTTP/1.1 200 OK\n", NULL}, /* a redirect's tag is not the file's */
    {"", NULL},
};

static void picks_the_strong_validator(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof validators / sizeof *validators; i++) {
        struct answer a = read_head(validators[i].head);
        char out[VALIDATOR_SIZE];
        bool strong = answer_validator(&a, out);
        assert_int_equal(strong, validators[i].validator != NULL);
        if (strong)
            assert_string_equal(out, validators[i].validator);
    }
}

static void an_endless_tag_is_none(void **state)
{
    (void)state;
    char head[2000] = "HTTP/1.1 200\nETag: \"", out[VALIDATOR_SIZE];
    memset(head + strlen(head), 'x', 1000);
    strcat(head, "\"");
    struct answer a = read_head(head);
    assert_false(answer_validator(&a, out));
}

static const struct {
    const char *head;
    int64_t total; /* -1: unknown */
} totals[] = {
    {"HTTP/1.1 200\nContent-Length: 5", 5},
    {"HTTP/1.1 200\nContent-Length: 5\nContent-Length: 5", 5},
    {"HTTP/1.1 200\nContent-Length: 5\nTransfer-Encoding: chunked", -1},
    {"HTTP/1.1 200\n", -1},
    {"HTTP/1.1 206\nContent-Length: 5\nContent-Range: bytes 5-9/10", 10},
    {"HTTP/1.1 206\nContent-Length: 5\nContent-Range: bytes 5-9/*", -1},
    {"HTTP/1.1 206\nContent-Length: 5", -1},
};

static const struct {
    const char *fields;
    bool framed;
} frames[] = {
    {"", true},
    {"Content-Length: 5", true},
    {"Content-Length:\t005 ", true},
    {"Content-Length: 5\nContent-Length: 5", true},
    {"Content-Length: 5, 5", true},
    {"Content-Length: 5,5 ,\t5\nContent-Length: 05", true},
    {"Content-Length: 5\nContent-Length: 6", false},
    {"Content-Length: 5, 6", false},
    {"Content-Length: 5,", false},
    {"Content-Length: ,5", false},
    {"Content-Length:", false},
    {"Content-Length: -5", false},
    {"Content-Length: +5", false},
    {"Content-Length: 5a", false},
    {"Content-Length: 5.5", false},
    {"Content-Length: 5 5", false},
    {"Content-Length: 0x5", false},
    {"Content-Length: 18446744073709551616", false}, /* 2^64 */
    {"Content-Length: 5\n 5", false},                /* folded */
    {"Content-Length: 5\n\t", false},
    {"X: 1\n Content-Length: 5", true},
    {"Content-Length: 5, 6\nTransfer-Encoding: chunked", true}, /* which ends the body in its place */
    {"Transfer-Encoding: chunked\nContent-Length: x", true},
};

static void knows_when_a_length_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        char head[128];
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\n%s", frames[i].fields);
        struct answer a = read_head(head);
        if (answer_framed(&a) != frames[i].framed)
            fail_msg("%s", frames[i].fields);
    }
    struct answer a = read_head("HTTP/1.1 302 Found\nContent-Length: x\nHTTP/1.1 200 OK");
    assert_true(answer_framed(&a));
}

static void knows_the_length_of_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        struct answer a = read_head(totals[i].head);
        uint64_t total;
        bool known = answer_total(&a, &total);
        assert_int_equal(known, totals[i].total >= 0);
        if (known)
            assert_int_equal(total, totals[i].total);
    }
}

#define TAG "\nETag: \"a\""

static const struct {
    const char *head;
    uint64_t from;
    bool totalled;
    uint64_t total;
    enum fit fit;
} fits[] = {
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10" TAG, 5, true, 10, FIT_GO_ON},
    {"HTTP/1.1 206\nContent-Range: BYTES  5-9/10", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: Bytes 5-9/10", 5, true, 10, FIT_GO_ON},     /* the tag may be left out */
    {"HTTP/1.1 206\nContent-Range: bytes 5-7/10" TAG, 5, true, 10, FIT_GO_ON}, /* less than was asked for */
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10" TAG, 5, false, 0, FIT_GO_ON},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/*" TAG, 5, false, 0, FIT_GO_ON},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/*" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/11" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 4-9/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 6-9/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-10/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-4/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes */10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: pages 5-9/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-99999999999999999999/10" TAG, 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: \"b\"", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: W/\"a\"", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: a", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Type: multipart/byteranges; boundary=x", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 0-9/10" TAG, 0, false, 0,
     FIT_NOT_AT_ALL}, /* nobody asked for a piece */
    {"HTTP/1.1 200\nContent-Length: 10" TAG, 5, true, 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Range: bytes 5-9/10" TAG, 5, true, 10, FIT_WHOLE},
    {"HTTP/1.1 200\n", 0, false, 0, FIT_WHOLE},
    {"HTTP/1.1 416\nContent-Range: bytes */5", 5, false, 0, FIT_COMPLETE},
    {"HTTP/1.1 416\nContent-Range: bytes */4", 5, false, 0, FIT_NOT_AT_ALL},
    {"HTTP/1.1 416\nContent-Range: bytes */5", 5, true, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 416\n", 5, true, 10, FIT_NOT_AT_ALL},
};

static void goes_on_only_where_all_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        struct answer a = read_head(fits[i].head);
        struct asked asked = {fits[i].from, "\"a\"", PLACE, fits[i].totalled, fits[i].total};
        assert_int_equal(answer_fit(&a, &asked), fits[i].fit);
    }
    struct answer a = read_head("HTTP/1.1 206\nContent-Range: bytes 5-9/10" TAG);
    struct asked elsewhere = {5, "\"a\"", "http://mirror/f", true, 10};
    assert_int_equal(answer_fit(&a, &elsewhere), FIT_NOT_AT_ALL);
    struct asked dated = {5, "Tue, 14 Nov 2023 22:13:10 GMT", PLACE, true, 10};
    assert_int_equal(answer_fit(&a, &dated), FIT_GO_ON);
    a = read_head("HTTP/1.1 206\nContent-Range: bytes 5-9/10\n" OLD);
    assert_int_equal(answer_fit(&a, &dated), FIT_GO_ON);
    a = read_head("HTTP/1.1 206\nContent-Range: bytes 5-9/10\n" DATE
                  "\nLast-Modified: Tue, 14 Nov 2023 22:13:11 GMT");
    assert_int_equal(answer_fit(&a, &dated), FIT_NOT_AT_ALL);
}

static const struct {
    const char *value;
    int64_t seconds; /* -1: not given */
} waits[] = {
    {"0", 0},
    {"120", 120},
    {"99999999999", UINT32_MAX},
    {"-1", -1},
    {"soon", -1},
    {"", -1},
    {"1.5", -1},
    {"Tue, 14 Nov 2023 22:13:50 GMT", 30},
    {"Tue, 14 Nov 2023 22:13:00 GMT", 0},
};

static void reads_retry_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        char head[128];
        snprintf(head, sizeof head, "HTTP/1.1 503\nRetry-After: %s", waits[i].value);
        struct answer a = read_head(head);
        assert_int_equal(a.retry_given, waits[i].seconds >= 0);
        if (a.retry_given)
            assert_int_equal(a.retry_after, waits[i].seconds);
    }
}

static void reads_the_media_type(void **state)
{
    (void)state;
    assert_string_equal(read_head("HTTP/1.1 200\nContent-Type: Application/JSON ; charset=utf-8").media_type,
                        "application/json");
    assert_string_equal(read_head("HTTP/1.1 200\nContent-Type:").media_type, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_the_strong_validator),  cmocka_unit_test(an_endless_tag_is_none),
        cmocka_unit_test(knows_when_a_length_is_none), cmocka_unit_test(knows_the_length_of_the_whole),
        cmocka_unit_test(goes_on_only_where_all_fits), cmocka_unit_test(reads_retry_after),
        cmocka_unit_test(reads_the_media_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
