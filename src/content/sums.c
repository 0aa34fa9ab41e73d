/* Lists of digests as sha256sum(1) writes and reads them. */
#include "content/sums.h"

void sums_add_line(struct buf *out, const struct sha256_digest *d, struct slice name)
{
    char hex[SHA256_HEX_BYTES + 1];
    if (memchr(name.p, '\n', name.n) || memchr(name.p, '\r', name.n) || memchr(name.p, '\\', name.n))
        buf_add(out, SLICE("\\"));
    buf_add(out, sha256_to_hex(d, hex));
    buf_add(out, SLICE("  "));
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '\n' || c == '\r' || c == '\\')
            buf_add(out, c == '\n' ? SLICE("\\n") : c == '\r' ? SLICE("\\r") : SLICE("\\\\"));
        else
            buf_add(out, (struct slice){&c, 1});
    }
    buf_add(out, SLICE("\n"));
}

static bool unescape(struct slice s, char *to, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\') {
            c = ++i < s.n ? s.p[i] : '\0';
            if (c != 'n' && c != 'r' && c != '\\')
                return false;
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        to[n++] = c;
    }
    *ret_n = n;
    return true;
}

static bool drop_end(struct slice *s, struct slice end)
{
    if (s->n < end.n || memcmp(s->p + s->n - end.n, end.p, end.n) != 0)
        return false;
    s->n -= end.n;
    return true;
}

/* What is before the parenthesis of a line as BSD writes it. Empty if it is none: the name of a digest has
 * capitals, digits, '-' and '/'. */
static struct slice bsd_digest(struct slice line)
{
    size_t n = 0;
    while (n < line.n && ((line.p[n] >= 'A' && line.p[n] <= 'Z') || (line.p[n] >= '0' && line.p[n] <= '9') ||
                          line.p[n] == '-' || line.p[n] == '/'))
        n++;
    struct slice rest = slice_from(line, n);
    bool good = slice_starts(rest, SLICE(" (")) || slice_starts(rest, SLICE("("));
    return good ? (struct slice){line.p, n} : SLICE("");
}

static bool read_bsd(struct slice line, struct sha256_digest *ret, struct slice *ret_name)
{
    struct slice digest = bsd_digest(line);
    if ((!slice_eq(digest, SLICE("SHA256")) && !slice_eq(digest, SLICE("SHA2-256"))) ||
        line.n < digest.n + SHA256_HEX_BYTES)
        return false;
    struct slice name = slice_from(line, digest.n);
    name = slice_from(name, name.p[0] == ' ' ? 2 : 1);
    if (name.n < SHA256_HEX_BYTES || !sha256_from_hex(slice_from(name, name.n - SHA256_HEX_BYTES), ret))
        return false;
    name.n -= SHA256_HEX_BYTES;
    *ret_name = name;
    return drop_end(ret_name, SLICE(") = ")) || drop_end(ret_name, SLICE(")= "));
}

/* After the digest, a space, and a space or an asterisk (read as "binary"); or a space alone. */
static bool read_gnu(struct slice line, struct sha256_digest *ret, struct slice *ret_name)
{
    if (line.n < SHA256_HEX_BYTES + 2 || line.p[SHA256_HEX_BYTES] != ' ')
        return false;
    char kind = line.p[SHA256_HEX_BYTES + 1];
    *ret_name = slice_from(line, SHA256_HEX_BYTES + (kind == ' ' || kind == '*' ? 2 : 1));
    return sha256_from_hex((struct slice){line.p, SHA256_HEX_BYTES}, ret);
}

static bool is_nothing(struct sums *s, struct slice line)
{
    bool in = s->in_signature || slice_eq(line, SLICE("-----BEGIN PGP SIGNATURE-----"));
    s->in_signature = in && !slice_eq(line, SLICE("-----END PGP SIGNATURE-----"));
    return in || line.n == 0 || line.p[0] == '#' ||
           slice_eq(line, SLICE("-----BEGIN PGP SIGNED MESSAGE-----")) || slice_starts(line, SLICE("Hash: "));
}

/* A list may have several digests of each file. */
static bool is_another_digest(struct slice line)
{
    struct slice digest = bsd_digest(line);
    return digest.n > 0 && !slice_eq(digest, SLICE("SHA256")) && !slice_eq(digest, SLICE("SHA2-256"));
}

enum sums_line sums_read_line(struct sums *s, struct slice line, struct sha256_digest *ret, char *name,
                              size_t *ret_n)
{
    struct slice found;
    drop_end(&line, SLICE("\r")); /* made on Windows */
    if (is_nothing(s, line))
        return SUMS_NOTHING;
    bool escaped = line.p[0] == '\\';
    if (escaped)
        line = slice_from(line, 1);
    if (!read_gnu(line, ret, &found) && !read_bsd(line, ret, &found))
        return is_another_digest(line) ? SUMS_NOTHING : SUMS_WRONG;
    if (found.n == 0 || memchr(found.p, '\0', found.n))
        return SUMS_WRONG;
    if (escaped)
        return unescape(found, name, ret_n) ? SUMS_FILE : SUMS_WRONG;
    memcpy(name, found.p, found.n);
    *ret_n = found.n;
    return SUMS_FILE;
}
