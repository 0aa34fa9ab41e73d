/* Reads a line of a folder's text in the format of mtree(5). */
#include "client/roster_line.h"

static enum roster_kind bad(struct roster_line *l, const char *why)
{
    l->why = why;
    return ROSTER_BAD;
}

static enum roster_kind refused(struct roster_line *l, const char *why)
{
    l->why = why;
    return ROSTER_REFUSED;
}

static bool octal(struct slice s, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7')
            return false;
        *ret = *ret << 3 | (unsigned)(s.p[i] - '0');
    }
    return s.n > 0 && s.n <= 8;
}

/* The path as bytes. A path that is too long is refused, and its beginning stays, to be shown. */
static enum roster_kind read_path(struct slice text, struct roster_line *l)
{
    while (text.n > 0) {
        unsigned c = (unsigned char)text.p[0];
        size_t used = 1;
        if (c == '\\') {
            used = 4;
            if (text.n < used || !octal((struct slice){text.p + 1, 3}, &c) || c > 0xff)
                return bad(l, "a backslash is not followed by an octal number of three digits");
        }
        if (l->path_len + 1 == sizeof l->path)
            return refused(l, "the path is too long");
        l->path[l->path_len++] = (char)c;
        text = slice_from(text, used);
    }
    return ROSTER_ENTRY;
}

/* The path begins at the folder and stays below it. */
static enum roster_kind judge_path(struct roster_line *l)
{
    struct slice rest = {l->path, l->path_len}, name;
    if (memchr(l->path, '\0', l->path_len))
        return refused(l, "there is a NUL in the path");
    if (slice_eq(rest, SLICE("."))) {
        l->path[0] = '\0';
        l->path_len = 0;
        return ROSTER_ENTRY;
    }
    if (!slice_starts(rest, SLICE("./")))
        return refused(l, "the path does not begin with ./");
    memmove(l->path, l->path + 2, l->path_len - 1);
    l->path_len -= 2;
    rest = (struct slice){l->path, l->path_len};
    if (rest.n == 0 || rest.p[rest.n - 1] == '/')
        return refused(l, "the path ends in a slash");
    while (slice_cut(&rest, '/', &name)) {
        if (slice_eq(name, SLICE("..")))
            return refused(l, "the path leads outside");
        if (name.n == 0 || slice_eq(name, SLICE(".")))
            return refused(l, "the path has an empty part");
        if (name.n > NAME_MAX)
            return refused(l, "the name is too long");
    }
    return ROSTER_ENTRY;
}

/* "-12.000000345": a fraction has nine digits; one that has fewer is a number of ns, as libarchive has it. */
static bool read_time(struct slice text, struct timespec *ret)
{
    struct slice whole;
    uint64_t seconds = 0, ns = 0;
    bool negative = slice_starts(text, SLICE("-"));
    text = slice_from(text, negative);
    if (!slice_cut(&text, '.', &whole) || !slice_to_u64(whole, &seconds) || seconds > INT64_MAX ||
        (text.n > 0 && (text.n > 9 || !slice_to_u64(text, &ns))))
        return false;
    *ret = (struct timespec){negative ? -(time_t)seconds : (time_t)seconds, (long)ns};
    return true;
}

static bool read_key(struct slice key, struct slice value, struct roster_line *l, bool *ret_typed,
                     bool *ret_other, bool *ret_sized)
{
    if (slice_eq(key, SLICE("type"))) {
        l->folder = slice_eq(value, SLICE("dir"));
        *ret_typed = true;
        *ret_other = !l->folder && !slice_eq(value, SLICE("file"));
    } else if (slice_eq(key, SLICE("size"))) {
        *ret_sized = true;
        return slice_to_u64(value, &l->size) && l->size <= INT64_MAX;
    } else if (slice_eq(key, SLICE("time"))) {
        l->timed = true;
        return read_time(value, &l->modified);
    } else if (slice_eq(key, SLICE("mode"))) {
        l->moded = true;
        return octal(value, &l->mode) && l->mode <= 07777;
    } else if (slice_eq(key, SLICE("sha256digest")) || slice_eq(key, SLICE("sha256"))) {
        l->hashed = true;
        return sha256_from_hex(value, &l->digest);
    }
    return true;
}

static enum roster_kind read_comment(struct slice line, struct roster_line *l)
{
    struct slice rest = line, number;
    if (!slice_starts(rest, SLICE("# end ")))
        return ROSTER_NOTHING;
    rest = slice_from(rest, strlen("# end "));
    return slice_cut(&rest, ' ', &number) && slice_eq(rest, SLICE("entries")) &&
                   slice_to_u64(number, &l->entries)
               ? ROSTER_END
               : ROSTER_NOTHING;
}

enum roster_kind roster_line_read(struct slice line, struct roster_line *ret)
{
    struct slice word, key;
    bool typed = false, other = false, sized = false;
    ret->path[0] = '\0';
    ret->path_len = 0;
    ret->folder = ret->timed = ret->moded = ret->hashed = false;
    ret->size = ret->entries = 0;
    ret->why = "";
    if (line.n == 0 || line.p[0] == '#')
        return read_comment(line, ret);
    slice_cut(&line, ' ', &word);
    enum roster_kind kind = read_path(word, ret);
    ret->path[ret->path_len] = '\0';
    if (kind == ROSTER_ENTRY)
        kind = judge_path(ret);
    if (kind != ROSTER_ENTRY)
        return kind;
    while (slice_cut(&line, ' ', &word)) {
        struct slice value = word;
        if (word.n == 0)
            continue;
        bool has_value = memchr(word.p, '=', word.n);
        slice_cut(&value, '=', &key);
        if (!has_value)
            value = SLICE("");
        if (!read_key(key, value, ret, &typed, &other, &sized))
            return bad(ret, "a key has no valid value");
    }
    if (!typed || (!ret->folder && !other && !sized))
        return bad(ret, "an entry lacks its type or its size");
    return other ? refused(ret, "it is neither a file nor a folder") : ROSTER_ENTRY;
}

int roster_order(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n, i = 0;
    while (i < n && a.p[i] == b.p[i])
        i++;
    if (i == n)
        return (a.n > n) - (b.n > n);
    /* A slash comes before every byte of a name: "a/b" is met before "a-b". */
    int x = a.p[i] == '/' ? 0 : (unsigned char)a.p[i], y = b.p[i] == '/' ? 0 : (unsigned char)b.p[i];
    return x - y;
}

bool roster_is_below(struct slice path, struct slice folder)
{
    return slice_starts(path, folder) && (path.n == folder.n || folder.n == 0 || path.p[folder.n] == '/');
}
