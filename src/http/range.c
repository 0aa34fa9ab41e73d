/* The Range field (RFC 9110 14). */
#include "http/range.h"

/* More elements than any client sends (zchunk's downloader begins with 256), and few enough that a hostile
 * list costs 16 KiB of stack and less than a millisecond. */
#define ELEMENTS_MAX 1000

enum spec {
    SPEC_OK,
    SPEC_UNSATISFIABLE,
    SPEC_WHOLE, /* an empty file, from its start or to its end: the whole file, which no 206 can express. A
                   cache that requests everything in slices (nginx) would pass a 416 on as the answer. */
    SPEC_BAD,
};

/* Ascending, with a gap after each range. */
struct range_set {
    size_t n;
    struct range at[ELEMENTS_MAX];
};

/* 1*DIGIT. The grammar has no limit, so a number that does not fit is valid and larger than any file. It
 * stays UINT64_MAX, because every further digit overflows again. */
static bool read_number(struct slice s, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            value = UINT64_MAX;
    }
    *ret = value;
    return s.n > 0;
}

/* "-500": the last 500 bytes, or all of a shorter file (RFC 9110 14.1.2). */
static enum spec read_suffix(struct slice digits, uint64_t size, struct range *ret)
{
    uint64_t n;
    if (!read_number(digits, &n))
        return SPEC_BAD;
    if (n == 0)
        return SPEC_UNSATISFIABLE;
    if (size == 0)
        return SPEC_WHOLE;
    if (n > size)
        n = size;
    *ret = (struct range){size - n, n};
    return SPEC_OK;
}

/* "0-499" or "500-" (RFC 9110 14.1.1). */
static enum spec read_int_range(struct slice first_text, struct slice last_text, uint64_t size,
                                struct range *ret)
{
    uint64_t first, last = UINT64_MAX;
    if (!read_number(first_text, &first) || (last_text.n > 0 && !read_number(last_text, &last)) ||
        last < first)
        return SPEC_BAD;
    if (first == 0 && size == 0)
        return SPEC_WHOLE;
    if (first >= size)
        return SPEC_UNSATISFIABLE;
    if (last >= size)
        last = size - 1;
    *ret = (struct range){first, last - first + 1};
    return SPEC_OK;
}

static enum spec read_spec(struct slice s, uint64_t size, struct range *ret)
{
    const char *dash = memchr(s.p, '-', s.n);
    if (!dash)
        return SPEC_BAD;
    struct slice before = {s.p, (size_t)(dash - s.p)};
    struct slice after = slice_from(s, before.n + 1);
    return before.n == 0 ? read_suffix(after, size, ret) : read_int_range(before, after, size, ret);
}

/* Merging at each step keeps the set as small as the answer needs, whatever the order of the request. No
 * sum can overflow, because every range is inside the file. */
static void set_add(struct range_set *set, struct range r)
{
    /* From the end: most clients send ascending ranges, which then fit at once. */
    size_t from = set->n, to;
    while (from > 0 && set->at[from - 1].off + set->at[from - 1].len >= r.off)
        from--;
    uint64_t off = r.off, end = r.off + r.len;
    for (to = from; to < set->n && set->at[to].off <= end; to++) {
        uint64_t to_end = set->at[to].off + set->at[to].len;
        off = off < set->at[to].off ? off : set->at[to].off;
        end = end > to_end ? end : to_end;
    }
    /* The ranges at[from..to) touch the new one and are merged with it. */
    memmove(&set->at[from + 1], &set->at[to], (set->n - to) * sizeof set->at[0]);
    set->n = set->n - (to - from) + 1;
    set->at[from] = (struct range){off, end - off};
}

/* Cuts "bytes=" off; the case of a unit does not matter (RFC 9110 14.1). */
static bool cut_unit(struct slice *value)
{
    struct slice unit = SLICE("bytes=");
    if (value->n < unit.n || !slice_eq_nocase((struct slice){value->p, unit.n}, unit))
        return false;
    *value = slice_from(*value, unit.n);
    return true;
}

enum range_result range_parse(struct slice value, uint64_t size, struct range *ret, size_t max, size_t *ret_n)
{
    struct range_set set;
    struct slice element;
    size_t elements = 0, specs = 0;
    bool whole = false;

    set.n = 0;
    if (!cut_unit(&value))
        return RANGE_NONE;
    while (slice_cut(&value, ',', &element)) {
        if (++elements > ELEMENTS_MAX)
            return RANGE_NONE;
        element = slice_trim(element);
        if (element.n == 0)
            continue; /* empty elements must be accepted, as in "1-2,,3-4" (RFC 9110 5.6.1.2) */
        specs++;
        struct range r;
        switch (read_spec(element, size, &r)) {
        case SPEC_OK:
            set_add(&set, r);
            break;
        case SPEC_UNSATISFIABLE:
            break;
        case SPEC_WHOLE:
            whole = true;
            break;
        case SPEC_BAD:
            /* One invalid element makes the whole field invalid, and an invalid field is ignored (RFC 9110
             * 14.2). */
            return RANGE_NONE;
        }
    }
    if (specs == 0 || whole || set.n > max)
        return RANGE_NONE;
    if (set.n == 0)
        return RANGE_UNSATISFIABLE;
    memcpy(ret, set.at, set.n * sizeof *ret);
    *ret_n = set.n;
    return RANGE_OK;
}
