/* Several ranges of a file in one answer: multipart/byteranges (RFC 9110 14.6). */
#include "content/multipart.h"
#include "http/head.h"
#include "site/respond.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

/* The boundary must not occur in any part: 128 random bits do not. There is an empty line before the first
 * boundary, as in other servers: zsync requires it. */
struct source *parts_open(const struct found *found, const struct range *parts, size_t n)
{
    struct source *whole = found->source;
    uint64_t random[2];
    char boundary[40], type[128];
    struct piece pieces[MULTIPART_MAX];
    struct buf heads = buf_new(MULTIPART_MAX * 512);
    size_t ends[MULTIPART_MAX];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return NULL;
    snprintf(boundary, sizeof boundary, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    snprintf(type, sizeof type, "multipart/byteranges; boundary=%s", boundary);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&heads, "\r\n--%s\r\nContent-Type: %s%s\r\n", boundary, whole->type,
                   found->utf8 ? "; charset=utf-8" : "");
        if (found->coding != CODING_IDENTITY) /* it belongs to the parts: the message itself is not encoded */
            head_text(&heads, SLICE("Content-Encoding"), slice_of(coding_name(found->coding)));
        head_content_range(&heads, parts[i].off, parts[i].len, whole->length);
        head_end_line(&heads);
        ends[i] = buf_len(&heads);
    }
    buf_printf(&heads, "\r\n--%s--\r\n", boundary);
    struct slice text = buf_slice(&heads);
    for (size_t i = 0, at = 0; i < n; at = ends[i++])
        pieces[i] = (struct piece){parts[i].off, parts[i].len, {text.p + at, ends[i] - at}};
    struct source *s =
        heads.failed ? NULL : source_open_multipart(whole, pieces, n, slice_from(text, ends[n - 1]), type);
    buf_free(&heads);
    return s;
}
