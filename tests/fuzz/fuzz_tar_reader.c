/* A tar: it does not matter in which pieces it comes, and no member has other bytes than its size says. */
#include "fuzz.h"

#include "client/tar_reader.h"

struct told {
    uint64_t members, ended, bytes;
    struct sha256 hash;
    bool bad;
};

static struct told read_in(struct slice in, size_t step)
{
    struct told t = {.members = 0};
    struct tar_reader *r = malloc(sizeof *r);
    uint64_t left = 0;
    MUST(r);
    sha256_begin(&t.hash);
    tar_reader_begin(r);
    while (in.n > 0 && !t.bad) {
        struct slice piece = {in.p, in.n < step ? in.n : step};
        in = slice_from(in, piece.n);
        for (enum tar_event event; !t.bad && (event = tar_reader_next(r, &piece)) != TAR_MORE;) {
            t.bad = event == TAR_BAD;
            if (event == TAR_MEMBER) {
                t.members++;
                left = r->size;
                MUST(r->path_len > 0 && strlen(r->path) == r->path_len);
                sha256_add(&t.hash, slice_of(r->path));
            } else if (event == TAR_BYTES) {
                MUST(r->bytes.n <= left);
                left -= r->bytes.n;
                t.bytes += r->bytes.n;
                sha256_add(&t.hash, r->bytes);
            } else if (event == TAR_MEMBER_END) {
                MUST(left == 0);
                t.ended++;
            }
        }
    }
    free(r);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    struct told one = read_in(in, SIZE_MAX), other = read_in(in, 1);
    struct sha256_digest a = sha256_end(&one.hash), b = sha256_end(&other.hash);
    MUST(one.members == other.members && one.ended == other.ended && one.bytes == other.bytes &&
         one.bad == other.bad);
    MUST(sha256_eq(&a, &b));
    return 0;
}
