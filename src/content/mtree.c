/* A folder as text, in the format of mtree(5). */
#include "content/mtree.h"

#include <stdio.h>

/* Printable ASCII that no reader takes for the end of a name, a comment, a key, an escape or a pattern. */
static bool is_plain(char c)
{
    return c > ' ' && c < 0x7f && !strchr("#=\\*?[", c);
}

/* A backslash and three octal digits, the form of escape that all readers know. */
static void add_escaped(struct buf *out, unsigned char c)
{
    const char text[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)), (char)('0' + (c & 7))};
    buf_add(out, (struct slice){text, sizeof text});
}

static void add_path(struct buf *out, struct slice path)
{
    buf_add(out, path.n > 0 ? SLICE("./") : SLICE("."));
    while (path.n > 0) {
        size_t n = 0;
        while (n < path.n && is_plain(path.p[n]))
            n++;
        buf_add(out, (struct slice){path.p, n});
        if (n < path.n)
            add_escaped(out, (unsigned char)path.p[n++]);
        path = slice_from(path, n);
    }
}

void mtree_add_head(struct buf *out)
{
    buf_add(out, SLICE("#mtree\n"));
}

void mtree_add_entry(struct buf *out, const struct mtree_entry *e)
{
    char hex[SHA256_HEX_BYTES + 1];
    add_path(out, e->path);
    if (e->folder)
        buf_add(out, SLICE(" type=dir"));
    else
        buf_printf(out, " type=file size=%lu", (unsigned long)e->size);
    buf_printf(out, " time=%ld.%09ld mode=%04o", (long)e->modified.tv_sec, e->modified.tv_nsec, e->mode);
    if (e->digest) {
        buf_add(out, SLICE(" sha256digest="));
        buf_add(out, sha256_to_hex(e->digest, hex));
    }
    buf_add(out, SLICE("\n"));
}

void mtree_add_end(struct buf *out, uint64_t entries)
{
    buf_printf(out, "# end %lu entries\n", (unsigned long)entries);
}
