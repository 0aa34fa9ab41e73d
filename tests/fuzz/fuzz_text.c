/* Text for people, pages and JSON: for any bytes, the result is safe to show. */
#include "fuzz.h"

#include "base/text.h"

#include <jansson.h>

/* Invisible characters that may follow another character and shape it; never ASCII. */
static bool may_shape(uint32_t c, uint32_t before)
{
    return before >= 0x600 && (c == 0x200c || c == 0x200d || (c >= 0xe0020 && c <= 0xe01ef));
}

static void must_be_shown_safely(struct slice s, const char *kept)
{
    for (uint32_t c, before = 0; s.n > 0; before = c) {
        size_t used = utf8_decode(s, &c);
        MUST(used > 0);
        MUST(!char_is_hostile(c) || (c < 0x80 && strchr(kept, (int)c)) || may_shape(c, before));
        s = slice_from(s, used);
    }
}

static void check_escape(struct slice in)
{
    struct escaped e = escape(in);
    struct buf all = buf_new(4 * in.n + 1), kept = buf_new(4 * in.n + 1);
    size_t n = strlen(e.text);
    MUST(n < sizeof e.text);
    escape_add(&all, in, "");
    escape_add(&kept, in, "\n\t");
    MUST(!all.failed && !kept.failed);
    must_be_shown_safely(slice_of(e.text), "");
    must_be_shown_safely(buf_slice(&all), "");
    must_be_shown_safely(buf_slice(&kept), "\n\t");
    MUST(text_columns(buf_slice(&all)) >= 0);
    /* The short form is equal to the long one, or, near the end of its buffer, to its beginning. */
    if (!slice_eq(slice_of(e.text), buf_slice(&all)))
        MUST(n > 3 && strcmp(e.text + n - 3, "...") == 0 && buf_len(&all) > sizeof e.text - sizeof "..." &&
             slice_starts(buf_slice(&all), (struct slice){e.text, n - 3}));
    buf_free(&all);
    buf_free(&kept);
}

static bool is_utf8(struct slice s)
{
    uint32_t c;
    for (size_t used; s.n > 0; s = slice_from(s, used))
        if ((used = utf8_decode(s, &c)) == 0)
            return false;
    return true;
}

static void check_json(struct slice in)
{
    struct buf out = buf_new(6 * in.n + 3);
    json_error_t why;
    json_add_string(&out, in);
    MUST(!out.failed);
    struct slice text = buf_slice(&out);
    json_t *read = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    MUST(read && json_is_string(read));
    if (is_utf8(in))
        MUST(slice_eq((struct slice){json_string_value(read), json_string_length(read)}, in));
    json_decref(read);
    buf_free(&out);
}

static void check_html(struct slice in)
{
    struct buf out = buf_new(6 * in.n + 1);
    html_add(&out, in);
    MUST(!out.failed);
    for (size_t i = out.start; i < out.end; i++)
        MUST(!out.base[i] || !strchr("<>\"'", out.base[i]));
    buf_free(&out);
}

static void check_unfinished(struct slice in)
{
    size_t n = utf8_unfinished(in);
    MUST(n <= 3 && n <= in.n);
    if (is_utf8(in))
        MUST(n == 0);
    if (n > 0) { /* an incomplete character; what precedes it is not affected */
        uint32_t c;
        MUST(utf8_decode(slice_from(in, in.n - n), &c) == 0);
        MUST(utf8_unfinished((struct slice){in.p, in.n - n}) == 0 ||
             !is_utf8((struct slice){in.p, in.n - n}));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    uint64_t number = 0;
    memcpy(&number, data, size < sizeof number ? size : sizeof number);
    MUST(strlen(size_text(number).text) < sizeof(struct size_text));
    check_escape(in);
    check_json(in);
    check_html(in);
    check_unfinished(in);
    MUST(text_is_utf8(in) == (is_utf8(in) && (in.n == 0 || !memchr(in.p, '\0', in.n))));
    return 0;
}
