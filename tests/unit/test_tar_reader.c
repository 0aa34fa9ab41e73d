/* A tar as it arrives, in pieces of any length. */
#include "client/tar_reader.h"
#include "guard.h"
#include "unit.h"

#include "base/buf.h"

#include <stdlib.h>

#define WORDS_MAX 4096

static void add(struct buf *out, const struct tar_member *m, const char *bytes)
{
    char head[TAR_HEAD_MAX];
    static const char zeros[TAR_BLOCK];
    buf_add(out, (struct slice){head, tar_head(m, head)});
    buf_add(out, (struct slice){bytes, (size_t)m->size});
    buf_add(out, (struct slice){zeros, tar_padding(m->size)});
}

/* What it says of a tar, in words. */
static void read_in(struct slice in, size_t step, char words[WORDS_MAX])
{
    struct tar_reader *r = calloc(1, sizeof *r);
    size_t n = 0;
    tar_reader_begin(r);
    words[0] = '\0';
    for (enum tar_event event = TAR_MORE; in.n > 0 && event != TAR_BAD;) {
        size_t len = in.n < step ? in.n : step;
        const char *copy = guard_end(in.p, len);
        struct slice piece = {copy, len};
        while ((event = tar_reader_next(r, &piece)) != TAR_MORE && event != TAR_BAD) {
            char *to = words + n;
            size_t cap = WORDS_MAX - n;
            if (event == TAR_MEMBER)
                n += (size_t)snprintf(to, cap, "[%s %lu%s%s%s ", r->path, (unsigned long)r->size,
                                      r->hashed ? " hashed" : "", r->marked ? " " : "",
                                      r->marked ? r->error : "");
            else if (event == TAR_BYTES)
                n += (size_t)snprintf(to, cap, "%.*s", (int)r->bytes.n, r->bytes.p);
            else
                n += (size_t)snprintf(to, cap, "%s", event == TAR_MEMBER_END ? "]" : "end");
        }
        if (event == TAR_BAD)
            n += (size_t)snprintf(words + n, WORDS_MAX - n, "bad");
        guard_free(copy, len);
        in = slice_from(in, len);
    }
    free(r);
}

static void members_in_pieces_of_any_length(void **state)
{
    (void)state;
    struct sha256_digest digest = sha256_of(SLICE("abc"));
    static char deep[600];
    for (size_t i = 0; i + 2 < sizeof deep; i += 2)
        memcpy(deep + i, "d/", 3);
    strcat(deep, "f");
    struct buf tar = buf_new(1 << 20);
    add(&tar, &(struct tar_member){.path = SLICE("a"), .size = 3, .digest = &digest}, "abc");
    add(&tar, &(struct tar_member){.path = SLICE("b/\xc3\xa4"), .error = "gone"}, "");
    add(&tar, &(struct tar_member){.path = slice_of(deep), .size = 1, .modified_ns = 5}, "x");
    add(&tar, &(struct tar_member){.path = SLICE("empty")}, "");
    static const char end[TAR_END];
    buf_add(&tar, (struct slice){end, sizeof end});
    char wanted[WORDS_MAX], words[WORDS_MAX];
    snprintf(wanted, sizeof wanted, "[a 3 hashed abc][b/\xc3\xa4 0 gone ][%s 1 x][empty 0 ]end", deep);
    static const size_t steps[] = {1, 7, 511, 512, 513, 1 << 20};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        read_in(buf_slice(&tar), steps[i], words);
        assert_string_equal(words, wanted);
    }
    buf_free(&tar);
}

static void what_is_no_such_tar(void **state)
{
    (void)state;
    char tar[TAR_HEAD_MAX], words[WORDS_MAX];
    struct tar_member m = {.path = SLICE("a"), .modified_ns = 5};
    size_t n = tar_head(&m, tar);
    static const struct {
        size_t at;
        char is;
    } spoilt[] = {{0, '?'},   {257, 'X'}, {156, '5'},  {124, 'x'},
                  {148, '7'}, {512, 'x'}, {1024, 'b'}, {1024 + 156, 'x'}};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        char copy[TAR_HEAD_MAX];
        memcpy(copy, tar, n);
        copy[spoilt[i].at] = spoilt[i].is;
        read_in((struct slice){copy, n}, n, words);
        if (strcmp(words, "bad") != 0)
            fail_msg("%zu: %s", i, words);
    }
    m = (struct tar_member){.path = SLICE("a"), .folder = true};
    n = tar_head(&m, tar);
    read_in((struct slice){tar, n}, n, words);
    assert_string_equal(words, "bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_in_pieces_of_any_length),
        cmocka_unit_test(what_is_no_such_tar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
