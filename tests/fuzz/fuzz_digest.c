/* Digest fields: what is read is written and read again as the same; a further member does not hide it, an
 * unfinished one does. */
#include "fuzz.h"

#include "http/digest.h"

static struct slice joined(struct buf *b, struct slice in, const char *behind)
{
    buf_clear(b);
    buf_add(b, in);
    buf_add(b, slice_of(behind));
    MUST(!b->failed);
    return buf_slice(b);
}

static void check_fields(struct slice in, struct buf *b)
{
    struct sha256_digest d, again;
    char text[DIGEST_TEXT_MAX];
    bool wanted = digest_is_wanted(in);
    MUST(digest_is_wanted(joined(b, in, ", a=(1 \"x\");b, c=?0")) == wanted);
    MUST(!digest_is_wanted(joined(b, in, ", a=")));
    if (!digest_parse(in, &d))
        return;
    MUST(!wanted);
    MUST(digest_parse(digest_format(&d, text), &again) && sha256_eq(&d, &again));
    MUST(digest_parse(joined(b, in, ", a=(1 \"x\");b, c=?0"), &again) && sha256_eq(&d, &again));
    MUST(!digest_parse(joined(b, in, ", a="), &again));
    MUST(!digest_parse(joined(b, in, ", sha-256"), &again));
}

static void check_old(struct slice in, struct buf *b)
{
    struct sha256_digest d, again;
    char text[DIGEST_TEXT_MAX];
    digest_is_wanted_old(in);
    if (!digest_parse_old(in, &d))
        return;
    MUST(digest_parse_old(digest_format_old(&d, text), &again) && sha256_eq(&d, &again));
    MUST(digest_parse_old(joined(b, in, ", SHA-256=YQ=="), &again) && sha256_eq(&d, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    struct buf b = buf_new(size + 64);
    check_fields(in, &b);
    check_old(in, &b);
    buf_free(&b);
    return 0;
}
