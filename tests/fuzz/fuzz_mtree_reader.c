/* Lines of mtree(5): a path fits and has no NUL; what is read is written and read again as the same. */
#include "fuzz.h"

#include "content/mtree.h"
#include "content/mtree_reader.h"

static void write_and_read(const struct mtree_reader *m)
{
    struct mtree_reader again = {.entries = 0};
    struct slice path = {m->path, m->path_len};
    struct buf b = buf_new(MTREE_LINE_MAX);
    if (slice_starts(path, SLICE("/")) || slice_starts(path, SLICE("./")) || slice_eq(path, SLICE(".")))
        return; /* the writer's paths are below a folder, in their shortest form */
    mtree_add_entry(&b, &(struct mtree_entry){
                            .path = path,
                            .folder = m->keys.type == MTREE_FOLDER,
                            .size = m->keys.size,
                            .digest = m->keys.is_hashed ? &m->keys.digest : NULL,
                        });
    struct slice line = buf_slice(&b);
    MUST(!b.failed && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
    MUST(mtree_read_line(&again, (struct slice){line.p, line.n - 1}) == MTREE_ENTRY);
    MUST(slice_eq((struct slice){again.path, again.path_len}, path));
    MUST(again.keys.type == (m->keys.type == MTREE_FOLDER ? MTREE_FOLDER : MTREE_FILE));
    MUST(again.keys.is_hashed == m->keys.is_hashed && sha256_eq(&again.keys.digest, &m->keys.digest));
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size), line;
    static struct mtree_reader m;
    m = (struct mtree_reader){.entries = 0};
    while (slice_cut(&in, '\n', &line)) {
        if (mtree_read_line(&m, line) != MTREE_ENTRY)
            continue;
        MUST(m.path_len > 0 && m.path_len < sizeof m.path && m.folder_len < sizeof m.folder);
        MUST(strlen(m.path) == m.path_len);
        write_and_read(&m);
    }
    return 0;
}
