/* A mime.types file: a type from it does not break an answer's head, whatever it contains. */
#include "fuzz.h"

#include "http/mime_types.h"

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

static void must_be_a_type(const char *type)
{
    size_t slashes = 0;
    MUST(strlen(type) >= 3 && strlen(type) <= MIME_TYPE_LENGTH_MAX);
    for (const char *p = type; *p; p++) {
        slashes += *p == '/';
        MUST(*p == '/' ? p > type && p[1] != '\0' : is_token_char(*p));
    }
    MUST(slashes == 1);
}

static void must_be_an_extension(const char *name)
{
    MUST(strlen(name) >= 1 && strlen(name) <= EXTENSION_LENGTH_MAX);
    for (const char *p = name; *p; p++)
        MUST(is_token_char(*p) && *p != '.' && *p != '/' && !(*p >= 'A' && *p <= 'Z'));
}

static void must_be_the_same(const struct mime_types *a, const struct mime_types *b)
{
    MUST(a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        MUST(strcmp(a->extensions[i].name, b->extensions[i].name) == 0 &&
             strcmp(a->extensions[i].type, b->extensions[i].type) == 0);
}

/* A table that is written and read again is the same. */
static void check_again(const struct mime_types *t)
{
    struct buf out = buf_new(MIME_TYPES_TEXT_MAX);
    for (size_t i = 0; i < t->count; i++)
        buf_printf(&out, "%s %s\n", t->extensions[i].type, t->extensions[i].name);
    MUST(!out.failed);
    struct mime_types *again = mime_types_parse(buf_slice(&out));
    MUST(again && again->wrong == 0);
    must_be_the_same(t, again);
    free(again);
    buf_free(&out);
}

/* One more line adds its entries, and changes nothing else. */
static void check_one_more(struct slice in, const struct mime_types *t)
{
    struct buf out = buf_new(in.n + 64);
    buf_add(&out, in);
    buf_add(&out, SLICE("\nx-last/one A-Last-1\n"));
    MUST(!out.failed);
    struct mime_types *more = mime_types_parse(buf_slice(&out));
    MUST(more && more->wrong == t->wrong && more->first_wrong == t->first_wrong);
    MUST(more->count == t->count + (mime_types_find(t, "a-last-1") == NULL));
    const char *last = mime_types_find(more, "a-last-1");
    MUST(last && strcmp(last, "x-last/one") == 0);
    free(more);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    struct mime_types *t = mime_types_parse(in);
    MUST(t && (t->wrong == 0) == (t->first_wrong == 0));
    for (size_t i = 0; i < t->count; i++) {
        const struct mime_extension *e = &t->extensions[i];
        must_be_an_extension(e->name);
        must_be_a_type(e->type);
        MUST(i == 0 || strcmp(t->extensions[i - 1].name, e->name) < 0);
        MUST(mime_types_find(t, e->name) == e->type);
    }
    check_again(t);
    check_one_more(in, t);
    free(t);
    return 0;
}
