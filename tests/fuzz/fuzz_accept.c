/* Accept: a quality is one of a thousand, and neither letters' case nor empty elements change it. */
#include "fuzz.h"

#include "http/accept.h"

/* An element more is one only where no quoted string was left open. */
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

static int quality_of_changed(struct slice in, bool shout, const char *behind, struct slice type)
{
    struct buf b = buf_new(in.n + 8);
    buf_add(&b, in);
    buf_add(&b, slice_of(behind));
    MUST(!b.failed);
    for (size_t i = b.start; shout && i < b.end; i++)
        b.base[i] = b.base[i] >= 'a' && b.base[i] <= 'z' ? (char)(b.base[i] - 32) : b.base[i];
    int q = accept_quality(buf_slice(&b), type);
    buf_free(&b);
    return q;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice types[] = {SLICE("text/html"), SLICE("application/json"), SLICE("text/plain")};
    struct slice in = fuzz_input(data, size);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        int q = accept_quality(in, types[i]);
        MUST(q >= 0 && q <= 1000);
        MUST(quality_of_changed(in, true, "", types[i]) == q);
        if (is_closed(in))
            MUST(quality_of_changed(in, false, ", ,", types[i]) == q);
    }
    return 0;
}
