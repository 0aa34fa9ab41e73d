/* Ranges: exactly the requested bytes, compared with an oracle that marks them one by one. */
#include "fuzz.h"

#include "http/range.h"

#define SMALL 300
#define RANGES_MAX 64

enum verdict {
    ASKS_FOR_NOTHING, /* ignored: an unknown unit, or malformed */
    ASKS_FOR_ALL,     /* of an empty file */
    ASKS_FOR_SOME,
};

/* 1*DIGIT; for a small file all numbers over 9,999 are alike, but their order must be kept. */
static bool number(struct slice s, __uint128_t *ret)
{
    const __uint128_t huge = (__uint128_t)UINT64_MAX;
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *ret = *ret * 10 + (unsigned)(s.p[i] - '0');
        if (*ret > huge)
            *ret = huge;
    }
    return s.n > 0;
}

static enum verdict tick(struct slice value, uint64_t size, bool asked[SMALL], unsigned *ret_elements)
{
    struct slice element;
    bool all = false, any = false;
    *ret_elements = 0;
    if (value.n < 6 || !slice_eq_nocase((struct slice){value.p, 6}, SLICE("bytes=")))
        return ASKS_FOR_NOTHING;
    value = slice_from(value, 6);
    while (slice_cut(&value, ',', &element)) {
        __uint128_t first, last;
        struct slice before;
        ++*ret_elements;
        element = slice_trim(element);
        if (element.n == 0)
            continue;
        any = true;
        if (!memchr(element.p, '-', element.n))
            return ASKS_FOR_NOTHING;
        if (element.p[0] == '-') {
            if (!number(slice_from(element, 1), &last))
                return ASKS_FOR_NOTHING;
            all = all || (size == 0 && last > 0);
            for (uint64_t i = 0; i < size; i++)
                asked[i] = asked[i] || size - i <= last;
            continue;
        }
        if (!slice_cut(&element, '-', &before) || !number(before, &first))
            return ASKS_FOR_NOTHING;
        last = UINT64_MAX;
        if (element.n > 0 && (!number(element, &last) || last < first))
            return ASKS_FOR_NOTHING;
        all = all || (size == 0 && first == 0);
        for (uint64_t i = 0; i < size; i++)
            asked[i] = asked[i] || (i >= first && i <= last);
    }
    return !any ? ASKS_FOR_NOTHING : all ? ASKS_FOR_ALL : ASKS_FOR_SOME;
}

static void must_be_right(const struct range *r, size_t n, size_t max, uint64_t size)
{
    MUST(n >= 1 && n <= max);
    for (size_t i = 0; i < n; i++) {
        MUST(r[i].len > 0 && r[i].off < size && r[i].len <= size - r[i].off);
        MUST(i == 0 || r[i].off > r[i - 1].off + r[i - 1].len); /* with a gap: adjacent ranges are merged */
    }
}

static void check_small(struct slice value, uint64_t size, size_t max)
{
    struct range r[RANGES_MAX];
    bool asked[SMALL] = {false};
    unsigned elements;
    size_t n = 0, runs = 0;
    enum range_result result = range_parse(value, size, r, max, &n);
    enum verdict verdict = tick(value, size, asked, &elements);
    for (uint64_t i = 0; i < size; i++)
        runs += asked[i] && (i == 0 || !asked[i - 1]);
    if (elements > 1000)
        return; /* Such a long list is ignored, and our copy may be cut before its error. */
    if (verdict != ASKS_FOR_SOME || runs > max) {
        MUST(result == RANGE_NONE);
    } else if (runs == 0) {
        MUST(result == RANGE_UNSATISFIABLE);
    } else {
        MUST(result == RANGE_OK && n == runs);
        must_be_right(r, n, max, size);
        for (size_t i = 0; i < n; i++)
            for (uint64_t at = r[i].off; at < r[i].off + r[i].len; at++) {
                MUST(asked[at]);
                asked[at] = false;
            }
        for (uint64_t i = 0; i < size; i++)
            MUST(!asked[i]);
    }
}

static void check_large(struct slice value, uint64_t size, size_t max)
{
    struct range r[RANGES_MAX];
    size_t n;
    if (range_parse(value, size, r, max, &n) == RANGE_OK)
        must_be_right(r, n, max, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t large[] = {5000000000, INT64_MAX, UINT64_MAX};
    struct slice value = fuzz_input(data, size);
    struct dice d = dice_of(value, 0);
    for (int i = 0; i < 3; i++)
        check_small(value, (uint64_t[]){0, 10, dice_roll(&d, SMALL)}[i], 1 + dice_roll(&d, RANGES_MAX));
    check_small(value, 10, RANGES_MAX);
    check_large(value, large[dice_roll(&d, 3)], RANGES_MAX);
    return 0;
}
