/* Reads mtree(5) line by line. */
#include "content/mtree_reader.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; false if there is none. */
static bool next_word(struct slice *rest, struct slice *ret)
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

/* ---- names ---- */

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* What follows a backslash: three octal digits, or a letter as in C. Returns how many bytes it has; 0 if it
 * is no escape. A NUL is none. */
static size_t read_escape(struct slice s, char *ret)
{
    static const char letters[] = "abfnrstv\\\"#", means[] = "\a\b\f\n\r \t\v\\\"#";
    if (s.n >= 3 && s.p[0] <= '3' && is_octal(s.p[0]) && is_octal(s.p[1]) && is_octal(s.p[2])) {
        *ret = (char)((s.p[0] - '0') << 6 | (s.p[1] - '0') << 3 | (s.p[2] - '0'));
        return *ret ? 3 : 0;
    }
    const char *found = s.n > 0 && s.p[0] ? strchr(letters, s.p[0]) : NULL;
    if (found)
        *ret = means[found - letters];
    return found != NULL;
}

/* Adds a name to a path of *n bytes. False if it is too long or malformed. */
static bool add_name(char path[static PATH_MAX], size_t *n, struct slice name)
{
    while (name.n > 0) {
        char c = name.p[0];
        name = slice_from(name, 1);
        if (c == '\\') {
            size_t escape = read_escape(name, &c);
            if (escape == 0)
                return false;
            name = slice_from(name, escape);
        }
        if (c == '\0' || *n == PATH_MAX - 1)
            return false;
        path[(*n)++] = c;
    }
    path[*n] = '\0';
    return true;
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

static bool read_key(struct mtree_keys *k, struct slice word)
{
    struct slice key, value = word;
    slice_cut(&value, '=', &key);
    if (slice_eq(key, SLICE("type"))) {
        k->type = slice_eq(value, SLICE("file"))  ? MTREE_FILE
                  : slice_eq(value, SLICE("dir")) ? MTREE_FOLDER
                                                  : MTREE_OTHER;
    } else if (slice_eq(key, SLICE("size"))) {
        k->is_sized = true;
        return slice_to_u64(value, &k->size);
    } else if (slice_eq(key, SLICE("sha256digest")) || slice_eq(key, SLICE("sha256"))) {
        k->is_hashed = true;
        return sha256_from_hex(value, &k->digest);
    } else if (slice_eq(key, SLICE("optional"))) {
        k->is_optional = true;
    }
    return true;
}

static bool read_keys(struct mtree_keys *k, struct slice rest)
{
    struct slice word;
    while (next_word(&rest, &word))
        if (!read_key(k, word))
            return false;
    return true;
}

/* Only the type and whether it is optional make sense as defaults; "/unset" gives up both, or one. */
static void unset(struct mtree_keys *k, struct slice rest)
{
    struct slice word;
    while (next_word(&rest, &word)) {
        bool all = slice_eq(word, SLICE("all"));
        if (all || slice_eq(word, SLICE("type")))
            k->type = MTREE_FILE;
        if (all || slice_eq(word, SLICE("optional")))
            k->is_optional = false;
    }
}

/* "# end N entries" is ferry's last line; every other comment says nothing. */
static enum mtree_line read_comment(const struct mtree_reader *m, struct slice line)
{
    struct slice word, number;
    uint64_t entries;
    bool is_end = next_word(&line, &word) && slice_eq(word, SLICE("#")) && next_word(&line, &word) &&
                  slice_eq(word, SLICE("end")) && next_word(&line, &number) && next_word(&line, &word) &&
                  slice_eq(word, SLICE("entries")) && slice_to_u64(number, &entries);
    return is_end && entries != m->entries ? MTREE_WRONG : MTREE_NOTHING;
}

enum mtree_line mtree_read_line(struct mtree_reader *m, struct slice line)
{
    struct slice rest = line, name;
    if (rest.n > 0 && rest.p[rest.n - 1] == '\r')
        rest.n--;
    if (!next_word(&rest, &name))
        return MTREE_NOTHING;
    if (name.p[0] == '#')
        return read_comment(m, line);
    if (slice_eq(name, SLICE("/set")))
        return read_keys(&m->set, rest) ? MTREE_NOTHING : MTREE_WRONG;
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
    if (!read_keys(&m->keys, rest) || !set_path(m, name))
        return MTREE_WRONG;
    if (m->keys.type == MTREE_FOLDER && !memchr(name.p, '/', name.n))
        enter(m);
    return MTREE_ENTRY;
}
