/* A target's query: a value stays within its buffer, and every text can be a value. */
#include "fuzz.h"

#include "base/text.h"
#include "http/query.h"

static void check_parameter(struct slice query, struct slice name)
{
    char room[40];
    struct slice value;
    if (!query_get(query, name, room, sizeof room, &value))
        return;
    MUST(value.p == room && value.n < sizeof room && room[value.n] == '\0' && strlen(room) == value.n);
    char tight[40];
    struct slice again;
    if (query_get(query, name, tight, value.n, &again)) /* without room for the terminator */
        MUST(again.n < value.n);
}

/* Whatever surrounds it. */
static void must_be_found(struct slice text)
{
    struct buf query = buf_new(1 << 16);
    struct slice value;
    char room[340]; /* at most three times as much is read */
    if (text.n == 0 || text.n >= sizeof room || memchr(text.p, '\0', text.n))
        return;
    buf_add(&query, SLICE("a=1&&sort"));
    buf_add(&query, SLICE("=%zz&text="));
    percent_add(&query, text, false);
    buf_add(&query, SLICE("&text=second&b"));
    MUST(query_get(buf_slice(&query), SLICE("text"), room, sizeof room, &value));
    MUST(slice_eq(value, text));
    MUST(query_get(buf_slice(&query), SLICE("b"), room, sizeof room, &value) && value.n == 0);
    MUST(!query_get(buf_slice(&query), SLICE("sort"), room, sizeof room, &value));
    MUST(!query_get(buf_slice(&query), SLICE("tex"), room, sizeof room, &value));
    buf_free(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    check_parameter(in, SLICE("format"));
    check_parameter(in, SLICE("sort"));
    check_parameter(in, SLICE(""));
    must_be_found(in);
    return 0;
}
