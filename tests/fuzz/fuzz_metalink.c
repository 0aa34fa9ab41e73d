/* Metalink: what is accepted is consistent, and it does not matter in which pieces a document comes. */
#include "fuzz.h"

#include "client/metalink.h"

static bool read_in(struct slice in, size_t step, struct metalink *ret)
{
    struct metalink_reader *r = metalink_reader_new();
    bool good = r;
    while (good && in.n > 0) {
        size_t n = in.n < step ? in.n : step;
        good = metalink_reader_take(r, (struct slice){in.p, n});
        in = slice_from(in, n);
    }
    *ret = (struct metalink){.sized = false};
    good = good && metalink_reader_end(r, ret);
    MUST(!r || good || metalink_reader_why(r));
    metalink_reader_free(r);
    return good;
}

static void check(const struct metalink *m)
{
    if (m->piece_len > 0)
        MUST(m->sized && m->pieces == m->size / m->piece_len + (m->size % m->piece_len > 0));
    MUST(m->name);
}

static bool count(void *context, struct metalink *m)
{
    uint64_t *seen = context;
    check(m);
    *seen = *seen * 31 + m->pieces + m->size + strlen(m->name) + 1;
    return true;
}

/* Of each file, what counts; a file that is complete is given, even if the document is invalid after it. */
static uint64_t each_in(struct slice in, size_t step)
{
    uint64_t seen = 0;
    struct metalink none;
    struct metalink_reader *r = metalink_reader_new();
    if (r)
        metalink_reader_each(r, count, &seen);
    bool good = r;
    while (good && in.n > 0) {
        size_t n = in.n < step ? in.n : step;
        good = metalink_reader_take(r, (struct slice){in.p, n});
        in = slice_from(in, n);
    }
    MUST(!good || !metalink_reader_end(r, &none) || (!none.name && seen > 0));
    metalink_reader_free(r);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    struct metalink one, other;
    bool good = read_in(in, SIZE_MAX, &one);
    MUST(read_in(in, 1, &other) == good);
    MUST(one.pieces == other.pieces && one.n_urls == other.n_urls && one.size == other.size);
    MUST(one.pieces == 0 || memcmp(one.digests, other.digests, one.pieces * sizeof *one.digests) == 0);
    if (good)
        check(&one);
    MUST(each_in(in, SIZE_MAX) == each_in(in, 1));
    for (size_t i = 1; i < one.n_urls; i++)
        MUST(one.urls[i - 1].priority <= one.urls[i].priority);
    metalink_free(&one);
    metalink_free(&other);
    return 0;
}
