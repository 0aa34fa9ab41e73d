/* The head of a member of a tar archive: ustar, and pax if ustar has no room. */
#include "content/tar.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

/* The largest number of eleven octal digits. */
#define OCTAL_MAX ((1ull << 33) - 1)

struct pax {
    size_t len;
    char text[TAR_PAX_MAX];
};

static size_t decimal_digits(size_t n)
{
    size_t digits = 1;
    while (n /= 10)
        digits++;
    return digits;
}

/* Adds "LENGTH KEY=VALUE\n", where the length includes its own digits. */
static void pax_add(struct pax *p, const char *key, struct slice value)
{
    size_t rest = 1 + strlen(key) + 1 + value.n + 1, n = rest + decimal_digits(rest);
    if (decimal_digits(n) > decimal_digits(rest))
        n++;
    p->len += (size_t)sprintf(p->text + p->len, "%zu %s=", n, key);
    memcpy(p->text + p->len, value.p, value.n);
    p->len += value.n;
    p->text[p->len++] = '\n';
}

static void pax_add_number(struct pax *p, const char *key, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, value);
    pax_add(p, key, (struct slice){text, (size_t)n});
}

/* Nanoseconds count up, also from a second before 1970; a decimal fraction counts away from 0. */
static void pax_add_time(struct pax *p, int64_t seconds, long ns)
{
    char text[40];
    bool before = seconds < 0 && ns > 0;
    int64_t whole = before ? -(seconds + 1) : seconds;
    int n = snprintf(text, sizeof text, "%s%" PRId64 ".%09ld", before ? "-" : "", whole,
                     before ? 1000000000 - ns : ns);
    pax_add(p, "mtime", (struct slice){text, (size_t)n});
}

static bool is_ascii(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static bool is_utf8(struct slice s)
{
    while (s.n > 0) {
        uint32_t c;
        size_t n = utf8_decode(s, &c);
        if (n == 0)
            return false;
        s = slice_from(s, n);
    }
    return true;
}

/* Puts a path into name, or into prefix and name, between which a '/' is implied. */
static bool set_name(struct header *h, struct slice path)
{
    if (path.n <= sizeof h->name) {
        memcpy(h->name, path.p, path.n);
        return true;
    }
    /* Not at a slash at the very end, because the name must not be empty. */
    for (size_t i = path.n - sizeof h->name - 1; i <= sizeof h->prefix && i + 1 < path.n; i++)
        if (i > 0 && path.p[i] == '/') {
            memcpy(h->prefix, path.p, i);
            memcpy(h->name, path.p + i + 1, path.n - i - 1);
            return true;
        }
    memcpy(h->name, path.p, sizeof h->name); /* For people; the pax record has the whole path. */
    return false;
}

static void set_numbers(struct header *h, unsigned mode, uint64_t size, uint64_t mtime)
{
    snprintf(h->mode, sizeof h->mode, "%07o", mode);
    snprintf(h->uid, sizeof h->uid, "%07o", 0u);
    snprintf(h->gid, sizeof h->gid, "%07o", 0u);
    snprintf(h->size, sizeof h->size, "%011" PRIo64, size);
    snprintf(h->mtime, sizeof h->mtime, "%011" PRIo64, mtime);
    snprintf(h->major, sizeof h->major, "%07o", 0u);
    snprintf(h->minor, sizeof h->minor, "%07o", 0u);
}

/* Sets the sum of the header's bytes, with the field of the sum itself counted as spaces. */
static void seal(struct header *h, char type)
{
    unsigned sum = 0;
    h->type = type;
    memcpy(h->magic, "ustar", sizeof h->magic);
    memcpy(h->version, "00", sizeof h->version);
    memset(h->checksum, ' ', sizeof h->checksum);
    for (size_t i = 0; i < sizeof *h; i++)
        sum += ((const unsigned char *)h)[i];
    snprintf(h->checksum, sizeof h->checksum, "%06o", sum & 0777777);
}

static size_t write_pax(const struct pax *p, char *to)
{
    struct header h = {.name = "PaxHeaders/next"};
    size_t padding = tar_padding(p->len);
    set_numbers(&h, 0644, p->len, 0);
    seal(&h, 'x');
    memcpy(to, &h, sizeof h);
    memcpy(to + sizeof h, p->text, p->len);
    memset(to + sizeof h + p->len, 0, padding);
    return sizeof h + p->len + padding;
}

size_t tar_head(const struct tar_member *m, char to[static TAR_HEAD_MAX])
{
    struct header h = {0};
    struct pax pax;
    char text[TAR_PATH_MAX + 1];
    struct slice path = {text, m->path.n + (m->folder ? 1 : 0)};
    pax.len = 0;
    memcpy(text, m->path.p, m->path.n);
    text[m->path.n] = '/';

    bool fits = set_name(&h, path);
    bool utf8 = is_utf8(path);
    /* pax expects UTF-8 unless it is told otherwise. A name in no known encoding is better in the ustar
     * header, whose bytes every reader takes as they are. */
    if (!utf8 && !fits)
        pax_add(&pax, "hdrcharset", SLICE("BINARY"));
    if (!fits || (utf8 && !is_ascii(path)))
        pax_add(&pax, "path", path);

    uint64_t size = m->size, modified = (uint64_t)m->modified;
    if (size > OCTAL_MAX) {
        pax_add_number(&pax, "size", (int64_t)size);
        size = 0;
    }
    if (m->modified_ns > 0)
        pax_add_time(&pax, m->modified, m->modified_ns);
    else if (modified > OCTAL_MAX)
        pax_add_number(&pax, "mtime", m->modified);
    if (modified > OCTAL_MAX) /* A time before 1970 is such a large number, too. */
        modified = 0;
    if (m->digest) {
        char hex[SHA256_HEX_BYTES + 1];
        pax_add(&pax, "FERRY.sha256", sha256_to_hex(m->digest, hex));
    }
    if (m->error)
        pax_add(&pax, "FERRY.error", slice_of(m->error));
    size_t n = pax.len > 0 ? write_pax(&pax, to) : 0;
    set_numbers(&h, m->folder ? 0755 : 0644, size, modified);
    seal(&h, m->folder ? '5' : '0');
    memcpy(to + n, &h, sizeof h);
    return n + sizeof h;
}
