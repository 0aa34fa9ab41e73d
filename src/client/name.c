/* Makes names of local files from names that a server or a user gives. */
#include "client/name.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

bool name_make_safe(struct slice raw, char out[NAME_SIZE])
{
    size_t n = 0;
    if (raw.n == 0 || raw.n >= NAME_SIZE || memchr(raw.p, 0, raw.n) || slice_eq(raw, SLICE(".")) ||
        slice_eq(raw, SLICE("..")))
        return false;
    for (struct slice rest = raw; rest.n > 0;) {
        uint32_t c;
        size_t used = utf8_decode(rest, &c);
        bool control = used > 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0));
        if (used == 0)
            used = 1; /* not UTF-8: a name on Linux is bytes, so the byte stays */
        if (control || rest.p[0] == '/' || (n == 0 && rest.p[0] == '-')) {
            out[n++] = '_';
        } else {
            memcpy(out + n, rest.p, used);
            n += used;
        }
        rest = slice_from(rest, used);
    }
    out[n] = '\0';
    return true;
}

/* FNV-1a, 64 bit: it tells names apart, and keeps nothing secret. */
static uint64_t hash_of(struct slice s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return hash;
}

void name_part(const char *name, unsigned n, char out[NAME_SIZE])
{
    struct slice s = slice_of(name);
    char ending[16] = ".part";
    if (n > 1)
        snprintf(ending, sizeof ending, ".%u.part", n);
    size_t longest = strlen(ending) + strlen(".info.new");
    if (s.n + longest < NAME_SIZE) {
        snprintf(out, NAME_SIZE, "%s%s", name, ending);
        return;
    }
    size_t keep = NAME_SIZE - 1 - longest - strlen("-0123456789abcdef");
    while (keep > 0 && ((unsigned char)s.p[keep] & 0xc0) == 0x80)
        keep--; /* do not cut within a character */
    snprintf(out, NAME_SIZE, "%.*s-%016" PRIx64 "%s", (int)keep, name, hash_of(s), ending);
}
