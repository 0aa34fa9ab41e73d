/* Targets and names: every name survives being put into a link and taken out again, and a target's parts
 * are within it. */
#include "fuzz.h"

#include "base/text.h"
#include "http/url.h"

static void must_round_trip(struct slice name, bool keep_slash)
{
    struct buf encoded = buf_new(3 * name.n + 1);
    percent_add(&encoded, name, keep_slash);
    MUST(!encoded.failed);
    struct slice e = buf_slice(&encoded);
    for (size_t i = 0; i < e.n; i++)
        MUST((unsigned char)e.p[i] > ' ' && (unsigned char)e.p[i] < 0x7f && !strchr("\"'<>&?#+", e.p[i]));
    size_t n;
    char *decoded = malloc(name.n + 1);
    MUST(decoded);
    bool ok = url_decode(e, decoded, name.n + 1, &n);
    if (name.n > 0 && memchr(name.p, '\0', name.n))
        MUST(!ok); /* no file name contains a NUL */
    else
        MUST(ok && slice_eq((struct slice){decoded, n}, name));
    free(decoded);
    buf_free(&encoded);
}

static void check_decode(struct slice in)
{
    char *to = malloc(in.n + 1);
    size_t n, m;
    MUST(to);
    if (url_decode(in, to, in.n + 1, &n)) {
        MUST(n <= in.n && to[n] == '\0' && strlen(to) == n);
        must_round_trip((struct slice){to, n}, false);
        /* Exactly the needed room is enough, and one byte less is not. */
        char *tight = malloc(n + 1);
        MUST(tight && url_decode(in, tight, n + 1, &m) && m == n);
        MUST(!url_decode(in, tight, n, &m));
        free(tight);
    }
    free(to);
}

static bool is_part_of(struct slice part, struct slice whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_target(struct slice in)
{
    struct target t;
    if (!url_split_target(in, &t))
        return;
    MUST(t.path.n > 0 && t.path.p[0] == '/' && !memchr(t.path.p, '?', t.path.n));
    MUST(is_part_of(t.query, in) && is_part_of(t.authority, in));
    MUST(is_part_of(t.path, in) || slice_eq(t.path, SLICE("/")));
    MUST(t.has_query || t.query.n == 0);
    MUST(t.authority.n == 0 || url_host_ok(t.authority));
    MUST((t.authority.n == 0) == (in.p[0] == '/'));
    for (size_t i = 0; i < in.n; i++)
        MUST((unsigned char)in.p[i] > ' ' && in.p[i] != 0x7f && in.p[i] != '#');
    if (t.authority.n == 0)
        MUST(t.path.n + t.has_query + t.query.n == in.n);
}

/* A valid host can be written to a log and into another request. */
static void check_host(struct slice in)
{
    if (!url_host_ok(in))
        return;
    for (size_t i = 0; i < in.n; i++)
        MUST((unsigned char)in.p[i] > ' ' && in.p[i] != 0x7f && !strchr("/?#@\\\"<>", in.p[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    must_round_trip(in, false);
    must_round_trip(in, true);
    check_decode(in);
    check_target(in);
    check_host(in);
    return 0;
}
