/* What a folder has, with everything below it, as a text in the format of mtree(5).
 *
 * One walk makes it, while it is sent. A tag has to be known before that: so the first stretch is long enough
 * for the text of some ten thousand names, and a text that ends in it has a tag. */
#include "content/tree.h"

#include "content/mtree.h"
#include "content/settled.h"
#include "content/stock.h"
#include "content/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES (1024 * 1024)
/* Each later one: a few milliseconds of a worker. */
#define STRETCH_BYTES (64 * 1024)
/* Names that a walk holds of a large folder, and the kernel's buffers: an estimate. */
#define WALK_BYTES (1024 * 1024)

struct tree {
    struct source source;
    struct hashes *hashes;
    struct walk *walk; /* NULL: it is over */
    uint64_t entries;
    bool settled;       /* the times of all files so far vouch for their bytes */
    struct sha256 seen; /* what is not in the text, of all entries so far */
    struct buf text;
};

/* The tag also stands for each file's inode and time of change, which nobody can set back. */
static void see(struct tree *t, const struct walk_entry *e)
{
    struct stock_record r = stock_record_of(&e->stat, e->path.n);
    sha256_add(&t->seen, (struct slice){(const char *)&r, sizeof r});
    t->settled = t->settled && (e->folder || settled_by_time(e->stat.st_ctim, time(NULL)));
}

static void add_entry(struct tree *t, const struct walk_entry *e)
{
    struct sha256_digest digest;
    bool known = !e->folder && hashes_know(t->hashes, &e->stat, &digest);
    see(t, e);
    t->entries++;
    mtree_add_entry(&t->text, &(struct mtree_entry){
                                  .path = e->path,
                                  .folder = e->folder,
                                  .size = (uint64_t)e->stat.st_size,
                                  .modified = e->stat.st_mtim,
                                  .mode = e->stat.st_mode & 07777,
                                  .digest = known ? &digest : NULL,
                              });
}

static void end_walk(struct tree *t)
{
    walk_free(t->walk);
    t->walk = NULL;
}

/* Makes text up to this length, or to its end. */
static void make(struct tree *t, size_t until)
{
    struct source *s = &t->source;
    struct walk_entry e;
    while (buf_len(&t->text) < until && t->walk && !s->broken) {
        switch (walk_next(t->walk, &e)) {
        case WALK_ENTRY:
            add_entry(t, &e);
            break;
        case WALK_END:
            mtree_add_end(&t->text, t->entries);
            end_walk(t);
            break;
        case WALK_FAIL:
            s->broken =
                walk_reason(walk_error(t->walk), "the folder could not be read to its end", &s->for_now);
            break;
        }
        if (t->text.failed)
            source_break_for_now(s, "there was no memory for the list of what is in it");
    }
    s->held = t->text.cap + (t->walk ? WALK_BYTES : 0);
}

static void tree_load(struct source *s)
{
    struct tree *t = (struct tree *)s;
    buf_free(&t->text); /* the first stretch was longer */
    make(t, STRETCH_BYTES);
}

static enum io tree_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct tree *t = (struct tree *)s;
    return source_read_made(s, &t->text, !t->walk, to, cap, ret_n);
}

static void tree_close(struct source *s)
{
    struct tree *t = (struct tree *)s;
    walk_free(t->walk);
    buf_free(&t->text);
    free(t);
}

static const struct source_ops tree_ops = {.read = tree_read, .load = tree_load, .close = tree_close};

/* Of the whole text. Digests that become known later change the text, and so the tag. */
static void set_tag(struct tree *t)
{
    char hex[SHA256_HEX_BYTES + 1];
    sha256_add(&t->seen, buf_slice(&t->text));
    struct sha256_digest d = sha256_end(&t->seen);
    sha256_to_hex(&d, hex);
    snprintf(t->source.etag, sizeof t->source.etag, "\"mtree-%.32s\"", hex);
}

int source_open_tree(const struct root *root, struct slice name, struct hashes *hashes, struct source **ret)
{
    struct tree *t = calloc(1, sizeof *t);
    if (!t || !(t->walk = walk_new(root, name))) {
        free(t);
        return -ENOMEM;
    }
    t->source = (struct source){
        .ops = &tree_ops,
        .kind = SOURCE_LISTING,
        .distant = true, /* another file system may be mounted below */
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = "text/plain; charset=utf-8",
    };
    t->hashes = hashes;
    t->settled = true;
    t->text = buf_new(FIRST_BYTES + MTREE_LINE_MAX);
    sha256_begin(&t->seen);
    mtree_add_head(&t->text);
    make(t, FIRST_BYTES);
    if (t->source.broken) {
        int error = t->walk ? walk_error(t->walk) : 0;
        tree_close(&t->source);
        return error < 0 ? error : -ENOMEM;
    }
    if (!t->walk && t->settled)
        set_tag(t);
    *ret = &t->source;
    return 0;
}
