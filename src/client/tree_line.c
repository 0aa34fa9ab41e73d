/* Reads a line of a folder's text: the rules for it, beyond those of mtree(5). */
#include "client/tree_line.h"

#include "content/mtree_reader.h"

static enum tree_line_kind bad(struct tree_line *l, const char *why)
{
    l->why = why;
    return TREE_LINE_BAD;
}

static enum tree_line_kind refused(struct tree_line *l, const char *why)
{
    l->why = why;
    return TREE_LINE_REFUSED;
}

/* The path as bytes. A path that is too long is refused, and its beginning stays, to be shown. */
static enum tree_line_kind read_path(struct slice name, struct tree_line *l)
{
    char c;
    while (name.n > 0) {
        bool is_letter = name.n > 1 && name.p[0] == '\\' && !strchr("0123", name.p[1]);
        if (is_letter || !mtree_next_byte(&name, &c))
            return bad(l, "a backslash is not followed by an octal number of three digits");
        if (l->path_len + 1 == sizeof l->path)
            return refused(l, "the path is too long");
        l->path[l->path_len++] = c;
    }
    return TREE_LINE_ENTRY;
}

/* The path begins at the folder and stays below it. */
static enum tree_line_kind judge_path(struct tree_line *l)
{
    struct slice rest = {l->path, l->path_len}, name;
    if (memchr(l->path, '\0', l->path_len))
        return refused(l, "there is a NUL in the path");
    if (slice_eq(rest, SLICE("."))) {
        l->path[0] = '\0';
        l->path_len = 0;
        return TREE_LINE_ENTRY;
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
    return TREE_LINE_ENTRY;
}

enum tree_line_kind tree_line_read(struct slice line, struct tree_line *ret)
{
    struct mtree_keys k = {.is_typed = false};
    struct slice name;
    ret->path[0] = '\0';
    ret->path_len = ret->entries = 0;
    ret->why = "";
    if (line.n == 0 || line.p[0] == '#')
        return mtree_read_end(line, &ret->entries) ? TREE_LINE_END : TREE_LINE_NOTHING;
    mtree_next_word(&line, &name);
    enum tree_line_kind kind = read_path(name, ret);
    ret->path[ret->path_len] = '\0';
    if (kind == TREE_LINE_ENTRY)
        kind = judge_path(ret);
    if (kind != TREE_LINE_ENTRY)
        return kind;
    if (!mtree_read_keys(line, &k) || k.is_odd || k.size > INT64_MAX)
        return bad(ret, "a key has no valid value");
    if (!k.is_typed || (k.type == MTREE_FILE && !k.is_sized))
        return bad(ret, "an entry lacks its type or its size");
    ret->folder = k.type == MTREE_FOLDER;
    ret->timed = k.is_timed;
    ret->moded = k.is_moded;
    ret->hashed = k.is_hashed;
    ret->size = k.size;
    ret->modified = k.modified;
    ret->mode = k.mode;
    ret->digest = k.digest;
    return k.type == MTREE_OTHER ? refused(ret, "it is neither a file nor a folder") : TREE_LINE_ENTRY;
}

int tree_order(struct slice a, struct slice b)
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

bool tree_is_below(struct slice path, struct slice folder)
{
    return slice_starts(path, folder) && (path.n == folder.n || folder.n == 0 || path.p[folder.n] == '/');
}
