/* What the head of an answer says, and whether it fits the bytes that are here. */
#include "client/answer.h"
#include "guard.h"
#include "unit.h"

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */
#define PLACE "http://nas/f"

/* A head whose lines are separated by '\n'. */
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
    const char *head, *validator; /* NULL: no strong one */
} validators[] = {
    {"HTTP/1.1 200 OK\r\nETag: \"a\"\r\n", "\"a\""},
    {"HTTP/2 200\netag:\"\"\n", "\"\""},
    {"HTTP/1.1 200\nETag: \"a\"\n" OLD "\n" DATE, "\"a\""},
    {"HTTP/1.1 200\nETag: W/\"a\"", NULL},
    {"HTTP/1.1 200\nETag: W/\"a\"\n" OLD "\n" DATE, NULL}, /* if there is a tag, the date cannot replace it */
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

#define DIGEST "Xt+2WAxOQBdX0aNqBuyHTSZfRVdUw5mMBKN2aD12OMw="
#define LIST "<f?format=metalink>; rel=describedby; type=\"application/metalink4+xml\""

static void finds_what_proves_the_file(void **state)
{
    static const struct {
        const char *head, *list;
        bool digested;
    } cases[] = {
        {"HTTP/1.1 200 OK", "", false},
        {"HTTP/1.1 200 OK\nLink: " LIST "\nRepr-Digest: sha-256=:" DIGEST ":", "f?format=metalink", true},
        {"HTTP/1.1 200 OK\nlink: </>; rel=up\nLINK: " LIST "\nLink: </>; rel=next", "f?format=metalink",
         false},
        {"HTTP/1.1 200 OK\nDigest: md5=x, SHA-256=" DIGEST, "", true},
        {"HTTP/1.1 200 OK\nRepr-Digest: sha-512=:" DIGEST ":\nDigest: SHA-256=" DIGEST, "", true},
        {"HTTP/1.1 200 OK\nContent-Digest: sha-256=:" DIGEST ":", "", false},
        {"HTTP/1.1 302 Found\nLink: " LIST "\nDigest: SHA-256=" DIGEST "\nHTTP/1.1 200 OK", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct answer a = read_head(cases[i].head);
        assert_string_equal(a.described_by, cases[i].list);
        assert_int_equal(a.digested, cases[i].digested);
        assert_true(!a.digested || (a.digest.bytes[0] == 0x5e && a.digest.bytes[31] == 0xcc));
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
#define RANGE(range) "HTTP/1.1 206\nContent-Range: " range TAG

/* Of 7 bytes that are here, the last two are asked for again, of a file of 10 bytes (0: of unknown length).
 */
static const struct {
    const char *head;
    uint64_t total;
    enum fit fit;
} fits[] = {
    {RANGE("bytes 5-9/10"), 10, FIT_GO_ON},
    {RANGE("Bytes 5-9/10"), 10, FIT_GO_ON},
    {RANGE("bytes 5-7/10"), 10, FIT_GO_ON}, /* fewer bytes than requested */
    {RANGE("bytes 5-9/10"), 0, FIT_GO_ON},
    {RANGE("bytes 5-9/*"), 0, FIT_GO_ON},
    {RANGE("bytes 5-6/7"), 0, FIT_GO_ON}, /* everything is here already */
    {RANGE("BYTES  5-9/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-9/*"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-9/11"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 4-9/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 6-9/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-10/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-4/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes */10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes"), 10, FIT_NOT_AT_ALL},
    {RANGE("pages 5-9/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-99999999999999999999/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-9/10\nContent-Range: bytes 5-9/10"), 10, FIT_NOT_AT_ALL},
    {RANGE("bytes 5-5/6"), 0, FIT_NOT_AT_ALL}, /* shorter than the bytes that are here */
    /* Only an equal tag shows that the version is the same (RFC 9110 15.3.7). */
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10", 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\n" OLD, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: \"b\"", 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: W/\"a\"", 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: a", 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Range: bytes 5-9/10\nETag: \"b\"" TAG, 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 206\nContent-Type: multipart/byteranges; boundary=x", 10, FIT_NOT_AT_ALL},
    {"HTTP/1.1 200\nContent-Length: 10" TAG, 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Length: 10\nContent-Range: bytes 0-9/10" TAG, 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Range: bytes 0-9/10" TAG, 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Length: 5\nETag: \"b\"", 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Length: 5", 10, FIT_WHOLE},
    {"HTTP/1.1 200\nContent-Length: 5" TAG, 0, FIT_WHOLE},
    {"HTTP/1.1 200" TAG, 10, FIT_WHOLE},
    /* The rest of the file with the wrong status. */
    {"HTTP/1.1 200\nContent-Length: 5\nContent-Range: bytes 5-9/10" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Range: bytes 5-9/10\nETag: \"b\"", 10, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Range: bytes 0-4/10" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Range: bytes 0-9/*" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Range: nonsense" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Length: 5\nContent-Range: bytes 0-9/10" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 203\nContent-Range: bytes 5-9/10" TAG, 0, FIT_NONSENSE},
    {"HTTP/1.1 200\nContent-Length: 5" TAG, 10, FIT_NONSENSE}, /* one tag, two lengths */
    {"HTTP/1.1 200\nContent-Length: 11" TAG, 10, FIT_NONSENSE},
    {"HTTP/1.1 416\nContent-Range: bytes */5", 0, FIT_NOT_AT_ALL},
    {"HTTP/1.1 416\n", 10, FIT_NOT_AT_ALL},
};

static enum fit fit_of(const char *head, const char *validator, const char *place)
{
    struct answer a = read_head(head);
    struct asked asked = {
        .from = 5, .have = 7, .validator = validator, .place = place, .totalled = true, .total = 10};
    return answer_fit(&a, &asked);
}

static void goes_on_only_where_all_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        struct answer a = read_head(fits[i].head);
        struct asked asked = {5, 7, "\"a\"", PLACE, fits[i].total > 0, fits[i].total};
        if (answer_fit(&a, &asked) != fits[i].fit)
            fail_msg("%s (of %d)", fits[i].head, (int)fits[i].total);
    }
    assert_int_equal(fit_of(RANGE("bytes 5-9/10"), "\"a\"", "http://mirror/f"), FIT_NOT_AT_ALL);
}

#define DATED "Tue, 14 Nov 2023 22:13:10 GMT"

static void goes_by_a_date_only_where_there_is_no_tag(void **state)
{
    (void)state;
    assert_int_equal(fit_of("HTTP/1.1 206\nContent-Range: bytes 5-9/10\n" OLD, DATED, PLACE), FIT_GO_ON);
    assert_int_equal(fit_of("HTTP/1.1 206\nContent-Range: bytes 5-9/10", DATED, PLACE), FIT_NOT_AT_ALL);
    assert_int_equal(fit_of(RANGE("bytes 5-9/10") "\n" OLD, DATED, PLACE), FIT_NOT_AT_ALL);
    assert_int_equal(fit_of(RANGE("bytes 5-9/10"), DATED, PLACE), FIT_NOT_AT_ALL);
    assert_int_equal(fit_of("HTTP/1.1 206\nContent-Range: bytes 5-9/10\n" DATE
                            "\nLast-Modified: Tue, 14 Nov 2023 22:13:11 GMT",
                            DATED, PLACE),
                     FIT_NOT_AT_ALL);
    /* An equal date may be that of another file, unless the file is just as long as the requested part. */
    assert_int_equal(fit_of("HTTP/1.1 200\nContent-Length: 4\n" OLD, DATED, PLACE), FIT_WHOLE);
    assert_int_equal(fit_of("HTTP/1.1 200\nContent-Length: 5\n" OLD, DATED, PLACE), FIT_NONSENSE);
}

static void takes_no_piece_that_nobody_asked_for(void **state)
{
    (void)state;
    static const struct asked whole = {.from = 0};
    struct answer a = read_head(RANGE("bytes 0-9/10"));
    assert_int_equal(answer_fit(&a, &whole), FIT_NOT_AT_ALL);
    a = read_head("HTTP/1.1 200\nContent-Length: 5\nContent-Range: bytes 0-4/10");
    assert_int_equal(answer_fit(&a, &whole), FIT_NONSENSE);
    a = read_head("HTTP/1.1 200\nContent-Length: 10\nContent-Range: bytes 0-9/10");
    assert_int_equal(answer_fit(&a, &whole), FIT_WHOLE);
    a = read_head("HTTP/1.1 200\n");
    assert_int_equal(answer_fit(&a, &whole), FIT_WHOLE);
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

static const struct {
    const char *fields, *name;
    bool coded;
} codings[] = {
    {"Content-Encoding: gzip", "a.txt", true},
    {"Content-Encoding: X-GZIP", "", true},
    {"Content-Encoding: br", "a", true},
    {"Content-Encoding: deflate, gzip", "a", true},
    {"Content-Encoding: utf-8,gzip", "a", true},
    {"", "a", false},
    {"Content-Encoding:", "a", false},
    {"Content-Encoding: identity", "a", false},
    {"Content-Encoding: aws-chunked", "a", false},
    {"Content-Encoding: utf-8", "a", false},
    /* The name or type says that it is compressed. */
    {"Content-Encoding: x-gzip\nContent-Type: application/x-tar", "a.tar.gz", false},
    {"Content-Encoding: gzip", "a.TGZ", false},
    {"Content-Encoding: br", "a.js.br", false},
    {"Content-Encoding: x-compress", "a.Z", false},
    {"Content-Encoding: gzip\nContent-Type: application/x-gzip", "download", false},
};

static void knows_what_is_compressed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
        char head[128];
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\n%s", codings[i].fields);
        struct answer a = read_head(head);
        if (answer_is_coded(&a, slice_of(codings[i].name)) != codings[i].coded)
            fail_msg("%s of %s", codings[i].fields, codings[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_the_strong_validator),
        cmocka_unit_test(finds_what_proves_the_file),
        cmocka_unit_test(an_endless_tag_is_none),
        cmocka_unit_test(knows_when_a_length_is_none),
        cmocka_unit_test(knows_the_length_of_the_whole),
        cmocka_unit_test(goes_on_only_where_all_fits),
        cmocka_unit_test(goes_by_a_date_only_where_there_is_no_tag),
        cmocka_unit_test(takes_no_piece_that_nobody_asked_for),
        cmocka_unit_test(reads_retry_after),
        cmocka_unit_test(reads_the_media_type),
        cmocka_unit_test(knows_what_is_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
