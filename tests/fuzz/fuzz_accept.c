/* Accept and Accept-Encoding: a quality is between 0 and 1000; case and empty elements do not change it;
 * each coding has one place in the order. */
#include "fuzz.h"

#include "http/accept.h"
#include "http/coding.h"

/* Another element may be added only if no quoted string is open. */
static bool is_closed(struct slice s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            quoted = !quoted;
        else if (quoted && s.p[i] == '\\')
            i++;
    }
    return !quoted;
}

typedef int quality_function(struct slice accept, struct slice what);

static int quality_of_changed(quality_function *quality, struct slice in, bool shout, const char *behind,
                              struct slice what)
{
    struct buf b = buf_new(in.n + 8);
    buf_add(&b, in);
    buf_add(&b, slice_of(behind));
    MUST(!b.failed);
    for (size_t i = b.start; shout && i < b.end; i++)
        b.base[i] = b.base[i] >= 'a' && b.base[i] <= 'z' ? (char)(b.base[i] - 32) : b.base[i];
    int q = quality(buf_slice(&b), what);
    buf_free(&b);
    return q;
}

static int check_quality(quality_function *quality, struct slice in, struct slice what)
{
    int q = quality(in, what);
    MUST(q >= 0 && q <= 1000);
    MUST(quality_of_changed(quality, in, true, "", what) == q);
    if (is_closed(in))
        MUST(quality_of_changed(quality, in, false, ", ,", what) == q);
    return q;
}

static void check_order(struct slice in)
{
    struct coding_order order = coding_order_of(in);
    unsigned seen = 0;
    bool is_wanted = true;
    int identity = check_quality(accept_coding_quality, in, SLICE("identity")), before = 1000;
    for (size_t i = 0; i < CODING_COUNT; i++) {
        MUST(!(seen & 1u << order.at[i]));
        seen |= 1u << order.at[i];
        if (order.at[i] == CODING_IDENTITY) {
            is_wanted = false;
            continue;
        }
        int q = check_quality(accept_coding_quality, in, slice_of(coding_name(order.at[i])));
        MUST(is_wanted == (q > 0 && q >= identity));
        MUST(!is_wanted || q <= before);
        before = q;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice types[] = {SLICE("text/html"), SLICE("application/json"), SLICE("text/plain")};
    struct slice in = fuzz_input(data, size);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        check_quality(accept_quality, in, types[i]);
    check_order(in);
    return 0;
}
