/* JSON values from bytes that may not be UTF-8. */
#include "client/lossy.h"

#include "base/text.h"

#define STRING_MAX (1u << 20)

json_t *lossy_string(struct slice s)
{
    struct buf clean = buf_new(STRING_MAX);
    while (s.n > 0) {
        uint32_t c;
        size_t n = utf8_decode(s, &c);
        buf_add(&clean, n ? (struct slice){s.p, n} : SLICE("\xef\xbf\xbd"));
        s = slice_from(s, n ? n : 1);
    }
    struct slice text = buf_slice(&clean);
    json_t *j = json_stringn(text.p, text.n);
    buf_free(&clean);
    return j;
}

json_t *exact_string(struct slice s)
{
    if (text_is_utf8(s))
        return json_stringn(s.p, s.n);
    json_t *bytes = json_array();
    for (size_t i = 0; i < s.n; i++)
        if (json_array_append_new(bytes, json_integer((unsigned char)s.p[i])) < 0) {
            json_decref(bytes);
            return NULL;
        }
    return bytes;
}
