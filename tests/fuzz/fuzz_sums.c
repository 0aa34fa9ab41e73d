/* Lines of SHA256SUMS: a name that is read fits, has no NUL, and is written and read again as the same. */
#include "fuzz.h"

#include "content/sums.h"

static void write_and_read(const struct sha256_digest *d, struct slice name, char *room)
{
    struct sums s = {.in_signature = false};
    struct sha256_digest again;
    size_t n;
    struct buf b = buf_new(UINT32_MAX);
    sums_add_line(&b, d, name);
    struct slice line = buf_slice(&b);
    MUST(!b.failed && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
    MUST(sums_read_line(&s, (struct slice){line.p, line.n - 1}, &again, room, &n) == SUMS_FILE);
    MUST(slice_eq((struct slice){room, n}, name) && sha256_eq(&again, d));
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size), line;
    struct sums s = {.in_signature = false};
    struct sha256_digest d;
    while (slice_cut(&in, '\n', &line)) {
        /* Exactly as large as the line, so that a longer name is found. */
        char *name = malloc(line.n + !line.n), *room = malloc(2 * line.n + SHA256_HEX_BYTES + 8);
        size_t n;
        if (name && room && sums_read_line(&s, line, &d, name, &n) == SUMS_FILE) {
            MUST(n > 0 && n <= line.n && !memchr(name, '\0', n));
            write_and_read(&d, (struct slice){name, n}, room);
        }
        free(name);
        free(room);
    }
    return 0;
}
