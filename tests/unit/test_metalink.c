/* Metalink 4: what is read of it, and what is refused. */
#include "client/metalink.h"
#include "guard.h"
#include "unit.h"

#include <stdlib.h>

#define OPEN "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">"
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "BbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBb"
#define C64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ONE(inside) OPEN "<file name=\"f\">" inside "</file></metalink>"

static const char full[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" OPEN
                           "<generator>other/1</generator><published>2026-01-01T00:00:00Z</published>"
                           "<file name=\"f\">"
                           "<identity>a<b>c</b></identity>"
                           "<size> 10 </size>"
                           "<hash type=\"md5\">00</hash>"
                           "<hash type=\"sha-256\">\n" A64 "\n</hash>"
                           "<pieces length=\"2\" type=\"sha-1\"><hash>00</hash></pieces>"
                           "<pieces length=\"4\" type=\"sha-256\">"
                           "<hash>" A64 "</hash><hash>" B64 "</hash><hash>" C64 "</hash>"
                           "</pieces>"
                           "<url>http://c/</url>"
                           "<url priority=\"7\">http://b/?x&amp;y</url>"
                           "<url priority=\"1\"> http://a/ </url>"
                           "<url priority=\"7\">http://b2/</url>"
                           "<metaurl mediatype=\"torrent\">http://t/</metaurl>"
                           "</file></metalink>\n";

static bool read_in(const char *document, size_t size, size_t step, struct metalink *ret, char why[64])
{
    struct metalink_reader *r = metalink_reader_new();
    bool good = true;
    for (size_t at = 0; at < size && good; at += step) {
        size_t n = size - at < step ? size - at : step;
        const char *copy = guard_end(document + at, n);
        good = metalink_reader_take(r, (struct slice){copy, n});
        guard_free(copy, n);
    }
    good = good && metalink_reader_end(r, ret);
    snprintf(why, 64, "%s", good ? "" : metalink_reader_why(r));
    metalink_reader_free(r);
    return good;
}

static void it_is_read_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://a/", "http://b/?x&y", "http://b2/", "http://c/"};
    static const unsigned priorities[] = {1, 7, 7, 999999};
    static const size_t steps[] = {1, 2, 7, 100, sizeof full};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct metalink m;
        char why[64];
        assert_true(read_in(full, sizeof full - 1, steps[s], &m, why));
        assert_string_equal(m.name, "f");
        assert_true(m.sized && m.size == 10);
        assert_true(m.hashed && m.whole.bytes[0] == 0xaa && m.whole.bytes[31] == 0xaa);
        assert_int_equal(m.piece_len, 4);
        assert_int_equal(m.pieces, 3);
        assert_true(m.digests[1].bytes[0] == 0xbb && m.digests[1].bytes[31] == 0xbb);
        assert_true(m.digests[2].bytes[0] == 0x01 && m.digests[2].bytes[31] == 0xef);
        assert_int_equal(m.n_urls, 4);
        for (size_t i = 0; i < m.n_urls; i++) {
            assert_string_equal(m.urls[i].text, urls[i]);
            assert_int_equal(m.urls[i].priority, priorities[i]);
        }
        metalink_free(&m);
    }
}

static void a_cut_document_is_refused(void **state)
{
    (void)state;
    struct metalink m;
    char why[64];
    for (size_t n = 0; n + 2 < sizeof full; n++)
        assert_false(read_in(full, n, sizeof full, &m, why));
}

static const struct {
    const char *document, *why;
} wrong[] = {
    {"", "is not valid XML"},
    {"File not found", "is not valid XML"},
    {"<html><body/></html>", "is no Metalink 4"},
    {"<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"/>", "is no Metalink 4"},
    {OPEN "</metalink>", "describes no file"},
    {OPEN "<file name=\"a\"/><file name=\"b\"/></metalink>", "describes several files"},
    {ONE("<size>-1</size>"), "has no valid size"},
    {ONE("<size/>"), "has no valid size"},
    {ONE("<size>18446744073709551616</size>"), "has no valid size"},
    {ONE("<size>1</size><size>1</size>"), "has no valid size"},
    {ONE("<size>1<b/>0</size>"), "has an element within a text"},
    {ONE("<hash type=\"sha-256\">" A64 "a</hash>"), "has no valid SHA-256"},
    {ONE("<hash type=\"sha-256\">g</hash>"), "has no valid SHA-256"},
    {ONE("<hash type=\"sha-256\">" A64 "</hash><hash type=\"sha-256\">" A64 "</hash>"),
     "has no valid SHA-256"},
    {ONE("<size>4</size><pieces length=\"0\" type=\"sha-256\"/>"), "has pieces without a length"},
    {ONE("<size>4</size><pieces type=\"sha-256\"/>"), "has pieces without a length"},
    {ONE("<size>4</size><pieces length=\"4\" type=\"sha-256\"><hash>0</hash></pieces>"),
     "has a piece without a valid SHA-256"},
    {ONE("<size>4</size><pieces length=\"4\" type=\"sha-256\"/>"), "has pieces that do not make up the file"},
    {ONE("<pieces length=\"4\" type=\"sha-256\"/>"), "has pieces that do not make up the file"},
    {ONE("<size>4</size><pieces length=\"4\" type=\"sha-256\"><hash>" A64 "</hash><hash>" A64
         "</hash></pieces>"),
     "has pieces that do not make up the file"},
    {ONE("<size>0</size><pieces length=\"4\" type=\"sha-256\"/><pieces length=\"4\" type=\"sha-256\"/>"),
     "has two lists of pieces"},
    {"<!DOCTYPE a [<!ENTITY x \"1\">]>" ONE("<size>&x;</size>"), "declares a document type"},
    {"<!DOCTYPE a SYSTEM \"http://evil/\">" ONE("<size>1</size>"), "declares a document type"},
    {ONE("<size>&x;</size>"), "is not valid XML"},
    {ONE("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"), "is nested too deeply"},
};

static void what_is_refused_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (size_t step = 1; step < 5000; step += 4998) {
            struct metalink m;
            char why[64];
            assert_false(read_in(wrong[i].document, strlen(wrong[i].document), step, &m, why));
            assert_string_equal(why, wrong[i].why);
        }
}

/* Reads `head`, then `fill` again and again until it is refused. */
static void repeated(const char *head, const char *fill, size_t most, const char *why)
{
    struct metalink_reader *r = metalink_reader_new();
    bool good = metalink_reader_take(r, slice_of(head));
    for (size_t n = 0; good; n += strlen(fill)) {
        assert_true(n < most);
        good = metalink_reader_take(r, slice_of(fill));
    }
    assert_string_equal(metalink_reader_why(r), why);
    metalink_reader_free(r);
}

static void everything_has_a_bound(void **state)
{
    (void)state;
    static const char spaces[] = "                                                                ";
    repeated(OPEN "<file name=\"", "aaaaaaaaaaaaaaaa", 128 << 10, "has a tag that is too long");
    repeated(OPEN "<!--", "aaaaaaaaaaaaaaaa", 128 << 10, "has a tag that is too long");
    repeated(OPEN "<file name=\"f\"><url>", "http://a/http://a/", 8192, "has a text that is too long");
    repeated(OPEN "<file name=\"f\"><pieces length=\"1\" type=\"sha-256\">", "<hash>" A64 "</hash>",
             METALINK_PIECES_MAX * 128, "has too many pieces");
    char *fill = malloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 64)
        memcpy(fill + i, spaces, 64);
    fill[(1 << 20) - 1] = '\0';
    repeated(OPEN, fill, METALINK_BYTES_MAX + (1 << 20), "is too long");
    free(fill);
}

static void further_addresses_are_ignored(void **state)
{
    (void)state;
    struct metalink m;
    struct metalink_reader *r = metalink_reader_new();
    metalink_reader_take(r, SLICE(OPEN "<file name=\"f\">"));
    for (unsigned i = 0; i < METALINK_URLS + 8; i++)
        assert_true(metalink_reader_take(r, SLICE("<url>http://a/</url>")));
    assert_true(metalink_reader_take(r, SLICE("</file></metalink>")));
    assert_true(metalink_reader_end(r, &m));
    assert_int_equal(m.n_urls, METALINK_URLS);
    metalink_free(&m);
    metalink_reader_free(r);
}

struct seen {
    unsigned files, most;
    struct sha256_digest *kept;
};

static bool see(void *context, struct metalink *m)
{
    struct seen *seen = context;
    char name[] = {(char)('a' + seen->files), '\0'};
    assert_string_equal(m->name, name);
    assert_int_equal(m->size, seen->files);
    assert_int_equal(m->pieces, seen->files);
    if (seen->files == 2) { /* what is kept stays */
        seen->kept = m->digests;
        m->digests = NULL;
    }
    return ++seen->files < seen->most;
}

static void several_files_are_given_one_by_one(void **state)
{
    (void)state;
    static const char document[] =
        OPEN "<file name=\"a\"><size>0</size></file>"
             "<file name=\"b\"><size>1</size><hash type=\"sha-256\">" A64
             "</hash><pieces length=\"1\" type=\"sha-256\"><hash>" A64 "</hash></pieces></file>"
             "<file name=\"c\"><pieces length=\"1\" type=\"sha-256\"><hash>" C64 "</hash><hash>" B64
             "</hash></pieces><size>2</size></file>"
             "<file name=\"d\"><size>3</size><pieces length=\"1\" type=\"sha-256\">"
             "</pieces></file></metalink>";
    for (size_t step = 1; step < 5000; step += 4998) {
        struct seen seen = {.most = 9};
        struct metalink_reader *r = metalink_reader_new();
        bool good = true;
        metalink_reader_each(r, see, &seen);
        for (struct slice rest = SLICE(document); good && rest.n > 0; rest = slice_from(rest, step))
            good = metalink_reader_take(r, (struct slice){rest.p, rest.n < step ? rest.n : step});
        assert_false(good); /* the last file has too few pieces */
        assert_string_equal(metalink_reader_why(r), "has pieces that do not make up the file");
        metalink_reader_free(r);
        assert_int_equal(seen.files, 3);
        assert_int_equal(seen.kept[1].bytes[0], 0xbb);
        free(seen.kept);
    }
    struct seen seen = {.most = 2};
    struct metalink_reader *r = metalink_reader_new();
    metalink_reader_each(r, see, &seen);
    assert_false(metalink_reader_take(r, SLICE(document)));
    assert_int_equal(seen.files, 2);
    metalink_reader_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_read_in_pieces_of_any_size),
        cmocka_unit_test(a_cut_document_is_refused),
        cmocka_unit_test(what_is_refused_and_why),
        cmocka_unit_test(everything_has_a_bound),
        cmocka_unit_test(further_addresses_are_ignored),
        cmocka_unit_test(several_files_are_given_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
