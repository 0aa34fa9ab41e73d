/* Content-Disposition: the name under which a browser saves an answer. */
#include "http/disposition.h"

#include "base/text.h"

static bool stands_for_itself(char c)
{
    /* Not '%': some browsers decode it, quoted or not (RFC 6266 appendix D). */
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '%';
}

void disposition_add(struct buf *out, struct slice name)
{
    bool exact = true;
    const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
    if (slash)
        name = slice_from(name, (size_t)(slash - name.p) + 1);
    buf_add(out, SLICE("attachment; filename=\""));
    for (size_t i = 0; i < name.n; i++) {
        bool itself = stands_for_itself(name.p[i]);
        buf_add(out, itself ? (struct slice){name.p + i, 1} : SLICE("_"));
        exact &= itself;
    }
    buf_add(out, SLICE("\""));
    if (exact)
        return;
    buf_add(out, SLICE("; filename*=UTF-8''"));
    percent_add(out, name, false);
}
