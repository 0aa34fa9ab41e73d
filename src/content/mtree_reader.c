/* Reads mtree(5) line by line. */
#include "content/mtree_reader.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool mtree_next_word(struct slice *rest, struct slice *ret)
{
    while (rest->n > 0 && is_blank(rest->p[0]))
        *rest = slice_from(*rest, 1);
    size_t n = 0;
    while (n < rest->n && !is_blank(rest->p[n]))
        n++;
    *ret = (struct slice){rest->p, n};
    *rest = slice_from(*rest, n);
    return n > 0;
}

static bool read_octal(struct slice s, unsigned max, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7' || *ret > max)
            return false;
        *ret = *ret << 3 | (unsigned)(s.p[i] - '0');
    }
    return s.n > 0 && *ret <= max;
}

/* ---- names ---- */

/* What follows a backslash: three octal digits, or a letter as in C. */
bool mtree_next_byte(struct slice *rest, char *ret)
{
    static const char letters[] = "abfnrstv\\\"#", means[] = "\a\b\f\n\r \t\v\\\"#";
    if (rest->n == 0)
        return false;
    struct slice s = slice_from(*rest, 1);
    const char *letter = s.n > 0 ? memchr(letters, s.p[0], sizeof letters - 1) : NULL;
    size_t used = 1;
    unsigned code;
    if (rest->p[0] != '\\') {
        *ret = rest->p[0];
    } else if (s.n >= 3 && read_octal((struct slice){s.p, 3}, UCHAR_MAX, &code)) {
        *ret = (char)code;
        used = 4;
    } else if (letter) {
        *ret = means[letter - letters];
        used = 2;
    } else {
        return false;
    }
    *rest = slice_from(*rest, used);
    return true;
}

/* Adds a name to a path of *n bytes. False if it is too long or malformed. */
static bool add_name(char path[static PATH_MAX], size_t *n, struct slice name)
{
    char c;
    while (mtree_next_byte(&name, &c)) {
        if (c == '\0' || *n == PATH_MAX - 1)
            return false;
        path[(*n)++] = c;
    }
    path[*n] = '\0';
    return name.n == 0;
}

static bool set_path(struct mtree_reader *m, struct slice name)
{
    bool is_full = name.n > 0 && memchr(name.p, '/', name.n);
    m->path_len = 0;
    if (is_full) {
        while (slice_starts(name, SLICE("./")))
            name = slice_from(name, 2);
    } else {
        memcpy(m->path, m->folder, m->folder_len);
        m->path_len = m->folder_len;
        if (slice_eq(name, SLICE(".")) && m->folder_len > 0)
            name = SLICE("");
        else if (m->folder_len > 0 && m->folder_len < PATH_MAX - 1)
            m->path[m->path_len++] = '/';
    }
    if (!add_name(m->path, &m->path_len, name))
        return false;
    if (m->path_len == 0) /* "./" */
        add_name(m->path, &m->path_len, SLICE("."));
    return true;
}

/* Names without a slash are in this folder from now on. */
static void enter(struct mtree_reader *m)
{
    bool is_top = slice_eq((struct slice){m->path, m->path_len}, SLICE("."));
    m->folder_len = is_top ? 0 : m->path_len;
    memcpy(m->folder, m->path, m->folder_len);
}

static void leave(struct mtree_reader *m)
{
    while (m->folder_len > 0 && m->folder[m->folder_len - 1] != '/')
        m->folder_len--;
    m->folder_len -= m->folder_len > 0;
}

/* ---- keys ---- */

/* "-12.000000345": a fraction has nine digits; one that has fewer is a number of ns, as libarchive has it. */
static bool read_time(struct slice text, struct timespec *ret)
{
    struct slice whole;
    uint64_t seconds = 0, ns = 0;
    bool is_negative = slice_starts(text, SLICE("-"));
    text = slice_from(text, is_negative);
    if (!slice_cut(&text, '.', &whole) || !slice_to_u64(whole, &seconds) || seconds > INT64_MAX ||
        (text.n > 0 && (text.n > 9 || !slice_to_u64(text, &ns))))
        return false;
    *ret = (struct timespec){is_negative ? -(time_t)seconds : (time_t)seconds, (long)ns};
    return true;
}

static bool read_key(struct mtree_keys *k, struct slice word)
{
    struct slice key, value = word;
    slice_cut(&value, '=', &key);
    if (slice_eq(key, SLICE("type"))) {
        k->is_typed = true;
        k->type = slice_eq(value, SLICE("file"))  ? MTREE_FILE
                  : slice_eq(value, SLICE("dir")) ? MTREE_FOLDER
                                                  : MTREE_OTHER;
    } else if (slice_eq(key, SLICE("size"))) {
        k->is_sized = true;
        return slice_to_u64(value, &k->size);
    } else if (slice_eq(key, SLICE("time"))) {
        k->is_timed = read_time(value, &k->modified);
        k->is_odd |= !k->is_timed;
    } else if (slice_eq(key, SLICE("mode"))) {
        k->is_moded = read_octal(value, 07777, &k->mode);
        k->is_odd |= !k->is_moded;
    } else if (slice_eq(key, SLICE("sha256digest")) || slice_eq(key, SLICE("sha256"))) {
        k->is_hashed = true;
        return sha256_from_hex(value, &k->digest);
    } else if (slice_eq(key, SLICE("optional"))) {
        k->is_optional = true;
    }
    return true;
}

bool mtree_read_keys(struct slice rest, struct mtree_keys *k)
{
    struct slice word;
    while (mtree_next_word(&rest, &word))
        if (!read_key(k, word))
            return false;
    return true;
}

/* Only the type and whether it is optional make sense as defaults; "/unset" gives up both, or one. */
static void unset(struct mtree_keys *k, struct slice rest)
{
    struct slice word;
    while (mtree_next_word(&rest, &word)) {
        bool all = slice_eq(word, SLICE("all"));
        if (all || slice_eq(word, SLICE("type"))) {
            k->type = MTREE_FILE;
            k->is_typed = false;
        }
        if (all || slice_eq(word, SLICE("optional")))
            k->is_optional = false;
    }
}

bool mtree_read_end(struct slice line, uint64_t *ret)
{
    struct slice rest = slice_from(line, strlen("# end ")), number;
    return slice_starts(line, SLICE("# end ")) && slice_cut(&rest, ' ', &number) &&
           slice_eq(rest, SLICE("entries")) && slice_to_u64(number, ret);
}

enum mtree_line mtree_read_line(struct mtree_reader *m, struct slice line)
{
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    struct slice rest = line, name;
    uint64_t entries;
    if (!mtree_next_word(&rest, &name))
        return MTREE_NOTHING;
    if (name.p[0] == '#')
        return mtree_read_end(line, &entries) && entries != m->entries ? MTREE_WRONG : MTREE_NOTHING;
    if (slice_eq(name, SLICE("/set")))
        return mtree_read_keys(rest, &m->set) ? MTREE_NOTHING : MTREE_WRONG;
    if (slice_eq(name, SLICE("/unset"))) {
        unset(&m->set, rest);
        return MTREE_NOTHING;
    }
    if (slice_eq(name, SLICE(".."))) {
        leave(m);
        return MTREE_NOTHING;
    }
    m->entries++;
    m->keys = m->set;
    if (!mtree_read_keys(rest, &m->keys) || !set_path(m, name))
        return MTREE_WRONG;
    if (m->keys.type == MTREE_FOLDER && !memchr(name.p, '/', name.n))
        enter(m);
    return MTREE_ENTRY;
}
