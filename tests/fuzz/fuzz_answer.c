/* The head of an answer, as the client reads it: a download is resumed only if the answer says that it is
 * the rest. The input is the lines of the head. */
#include "fuzz.h"

#include "client/answer.h"

static const time_t now = 1795435200;

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void check(const struct answer *a, const struct asked *asked)
{
    uint64_t total;
    enum fit fit = answer_fit(a, asked);
    if (fit == FIT_GO_ON) {
        MUST(a->code == 206 && asked->from > 0 && a->ranged && a->first == asked->from &&
             a->last >= a->first);
        MUST(!a->totalled || a->last < a->total);
        MUST(!asked->totalled || (a->totalled && a->total == asked->total));
        MUST(asked->validator[0] == '"' ? a->etags == 1 && strcmp(a->etag, asked->validator) == 0
                                        : a->etags == 0);
        MUST(!a->totalled || a->total >= asked->have);
    }
    if (fit == FIT_WHOLE)
        MUST(a->code != 206 && a->code != 416 &&
             (a->spans == 0 || (a->first == 0 && a->last + 1 == a->total)));
    if (fit == FIT_NONSENSE)
        MUST(a->code != 206 && a->code != 416);
    MUST(answer_framed(a) || a->unframed);
    if (answer_total(a, &total))
        MUST(a->code == 206 ? total == a->total : total == a->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = fuzz_input(data, size), line;
    struct answer a = {.place = "http://a/b"};
    while (slice_cut(&rest, '\n', &line)) {
        answer_add_line(&a, line, now);
        MUST(a.code >= 0 && a.code < 1000);
        MUST(is_text(a.etag, sizeof a.etag) && is_text(a.modified_text, sizeof a.modified_text));
        MUST(is_text(a.media_type, sizeof a.media_type) && strcmp(a.place, "http://a/b") == 0);
    }
    char validator[VALIDATOR_SIZE];
    if (answer_validator(&a, validator)) {
        MUST(is_text(validator, sizeof validator) && validator[0] != '\0');
        MUST(!strpbrk(validator, "\r\n") && !slice_starts(slice_of(validator), SLICE("W/")));
        MUST(a.etags <= 1);
    }
    static const struct asked asked[] = {
        {.from = 0, .validator = "\"a\"", .place = "http://a/b"},
        {.from = 5, .have = 7, .validator = "\"a\"", .place = "http://a/b"},
        {.from = 5, .have = 7, .validator = "\"a\"", .place = "http://a/b", .totalled = true, .total = 10},
        {.from = 5, .have = 7, .validator = "Sun, 06 Nov 1994 08:49:37 GMT", .place = "http://a/b"},
        {.from = 5, .have = 7, .validator = "\"a\"", .place = "http://other/b"},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        check(&a, &asked[i]);
    struct asked elsewhere = asked[4];
    MUST(answer_fit(&a, &elsewhere) != FIT_GO_ON);
    return 0;
}
