/* Lists a folder with everything below it, and the hash of each file. */
#include "cmd/hash_tree.h"

#include "content/mtree.h"
#include "content/walk.h"

#include <errno.h>

struct tree_hashing {
    struct hash_run run;
    struct root root;
    uint64_t entries;
};

static int open_entry(void *context, const char *name, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    const struct tree_hashing *t = context;
    return root_open(&t->root, slice_of(name), REACH_ANYWHERE, ret_stat, ret_kind);
}

/* What became another kind of thing since the walk saw it is told, and is not an entry. */
static void print_entry(void *context, struct hash_job *j)
{
    struct tree_hashing *t = context;
    struct buf line = buf_new(MTREE_LINE_MAX);
    bool is_folder = S_ISDIR(j->stat.st_mode);
    if (!hash_run_is_good(&t->run, j, is_folder != j->is_folder ? "it was replaced meanwhile" : NULL))
        return;
    mtree_add_entry(&line, &(struct mtree_entry){
                               .path = slice_of(j->name),
                               .folder = is_folder,
                               .size = (uint64_t)j->stat.st_size,
                               .modified = j->stat.st_mtim,
                               .mode = j->stat.st_mode & 07777,
                               .digest = is_folder ? NULL : &j->whole,
                           });
    hash_run_print(&t->run, buf_slice(&line));
    buf_free(&line);
    t->entries++;
}

static bool add(struct tree_hashing *t, const struct walk_entry *e)
{
    struct hash_job j = {
        .task = e->folder ? HASH_LOOK : HASH_FILE,
        .name = strndup(e->path.p, e->path.n),
        .is_folder = e->folder,
    };
    if (j.name)
        return hash_pool_add(t->run.pool, &j);
    hash_run_complain(&t->run, STATUS_FAILED, "the folder", strerror(ENOMEM));
    return false;
}

/* Whether it is complete. */
static bool walk(struct tree_hashing *t, const char *folder)
{
    struct walk *w = walk_new(&t->root, SLICE(""));
    struct walk_entry e;
    enum walk_result r = WALK_FAIL;
    int error = -ENOMEM;
    while (w && (r = walk_next(w, &e)) == WALK_ENTRY)
        if (!add(t, &e))
            break;
    if (w && r == WALK_FAIL)
        error = walk_error(w);
    if (r == WALK_FAIL)
        hash_run_complain(&t->run, hash_run_status_of(error), folder, strerror(-error));
    walk_free(w);
    return r == WALK_END;
}

static void print_text(struct tree_hashing *t, bool is_end)
{
    struct buf line = buf_new(MTREE_LINE_MAX);
    if (is_end)
        mtree_add_end(&line, t->entries);
    else
        mtree_add_head(&line);
    hash_run_print(&t->run, buf_slice(&line));
    buf_free(&line);
}

enum status hash_tree(struct hash_run *r, struct hash_store *store, const char *folder)
{
    struct tree_hashing t = {.run = *r, .root = {.dir = -1}};
    struct hash_pool_options o = {
        .store = store, .most = HASH_RUN_JOBS, .open = open_entry, .done = print_entry};
    int error = root_init(&t.root, folder, true);
    if (error == 0 && t.root.only[0])
        error = -ENOTDIR;
    enum status status = STATUS_FAILED;
    if (error < 0) {
        status = hash_run_cannot_open(folder, error);
    } else if (hash_run_begin(&t.run, folder, &o)) {
        print_text(&t, false);
        if (walk(&t, folder) && hash_pool_drain(t.run.pool))
            print_text(&t, true);
        status = hash_run_end(&t.run);
    }
    root_free(&t.root);
    return status;
}
