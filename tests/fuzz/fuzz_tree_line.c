/* A line of a folder's list: a path that is accepted stays below the folder, and survives being written and
 * read. */
#include "fuzz.h"

#include "client/tree_line.h"
#include "content/mtree.h"

static void check_path(const struct tree_line *l)
{
    struct slice rest = {l->path, l->path_len}, name;
    MUST(strlen(l->path) == l->path_len);
    MUST(l->path_len == 0 || (l->path[0] != '/' && l->path[l->path_len - 1] != '/'));
    while (slice_cut(&rest, '/', &name))
        MUST(name.n > 0 && name.n <= NAME_MAX && !slice_eq(name, SLICE("..")) && !slice_eq(name, SLICE(".")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tree_line one, other;
    struct slice in = fuzz_input(data, size);
    enum tree_line_kind kind = tree_line_read(in, &one);
    MUST(one.path_len < sizeof one.path && one.path[one.path_len] == '\0');
    MUST((kind == TREE_LINE_BAD || kind == TREE_LINE_REFUSED) == (one.why[0] != '\0'));
    if (kind != TREE_LINE_ENTRY)
        return 0;
    check_path(&one);
    struct mtree_entry entry = {{one.path, one.path_len},       one.folder, one.size, one.modified, one.mode,
                                one.hashed ? &one.digest : NULL};
    struct buf out = buf_new(MTREE_LINE_MAX);
    mtree_add_entry(&out, &entry);
    MUST(!out.failed);
    struct slice line = buf_slice(&out);
    MUST(tree_line_read((struct slice){line.p, line.n - 1}, &other) == TREE_LINE_ENTRY);
    MUST(tree_order((struct slice){one.path, one.path_len}, (struct slice){other.path, other.path_len}) == 0);
    MUST(one.folder == other.folder && (one.folder || one.size == other.size));
    MUST(!one.timed || one.modified.tv_sec == 0 || one.modified.tv_sec == other.modified.tv_sec);
    buf_free(&out);
    return 0;
}
