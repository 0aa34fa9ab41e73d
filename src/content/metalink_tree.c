/* A Metalink 4 document of everything below a folder, as a source.
 *
 * It is sent while the folder is walked. A file is in the document once all of its hashes are known: then one
 * that changes meanwhile can be in it without them, and the document goes on. Everything here blocks, so it
 * runs on workers. */
#include "content/metalink_tree.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "content/metalink_text.h"
#include "content/walk.h"

#include <errno.h>
#include <stdlib.h>

/* How much is made ahead of the connection. */
#define STRETCH_BYTES (64 * 1024)
/* The beginning of a file: its path, of which each byte may be an entity, and the address, each byte as %XX.
 */
#define FILE_MAX (13 * PATH_MAX)
#define URL_MAX (6 * PATH_MAX + 1024)
/* Hashing a large file takes minutes, and clients give up on a server that says nothing. */
#define QUIET_MS 1000
/* As in tree.c. */
#define WALK_BYTES (1024 * 1024)

struct metalink_tree {
    struct source source;
    const struct root *root;
    struct hashes *hashes;
    struct walk *walk;
    struct walk_entry entry;
    struct hash *hash; /* of the entry; NULL: it is done */
    bool begun;        /* and the entry's text */
    uint32_t next;     /* the next piece of it that becomes text */
    uint64_t left_out; /* names that XML cannot express */
    uint64_t said_at;  /* when there last was something to send, in ms */
    bool ended;
    struct buf text, url;
    size_t url_len; /* of the folder's address, in `url` */
    size_t folder_len;
    char folder[];
};

/* The entry's address, valid until the next call. */
static struct slice address(struct metalink_tree *t)
{
    buf_cut(&t->url, t->url_len, buf_len(&t->url) - t->url_len);
    percent_add(&t->url, t->entry.path, true);
    return buf_slice(&t->url);
}

static void add_unknown(struct metalink_tree *t)
{
    metalink_add_unknown(&t->text, t->entry.path, address(t));
}

static void end_entry(struct metalink_tree *t)
{
    hash_unref(t->hash);
    t->hash = NULL;
}

/* Opens the entry and its hashes. Of a file whose times do not vouch for its bytes yet there are none. */
static void begin_entry(struct metalink_tree *t)
{
    struct source *s = &t->source;
    struct stat st;
    enum fs_kind kind;
    int fd = root_open_below(t->root, (struct slice){t->folder, t->folder_len}, t->entry.path, &st, &kind);
    if (fd >= 0 && !S_ISREG(st.st_mode)) {
        close(fd);
        fd = -ENOENT;
    }
    if (fd < 0) {
        if (!root_says_gone(fd)) /* otherwise it was removed since the walk saw it */
            s->broken = walk_reason(fd, "a file in it could not be opened", &s->for_now);
        return;
    }
    struct version *v = version_open(fd, &st, kind, "");
    int error = v ? hash_open(t->hashes, v, &t->hash) : -ENOMEM;
    version_unref(v);
    t->begun = false;
    t->next = 0;
    if (error == -EAGAIN)
        add_unknown(t);
    else if (error < 0)
        source_break_for_now(s, "there was no memory for the hashes of what is in it");
}

/* Makes text of the entry's hashes, once they are all known. */
static void add_entry(struct metalink_tree *t)
{
    const struct hash_record *r = hash_record(t->hash);
    char room[METALINK_TAIL_MAX];
    if (!t->begun)
        metalink_add_file(&t->text, r, t->entry.path, address(t));
    t->begun = true;
    while (t->next < r->count && buf_len(&t->text) < STRETCH_BYTES)
        buf_add(&t->text, metalink_line(&r->pieces[t->next++], room));
    if (t->next < r->count)
        return;
    buf_add(&t->text, metalink_tail(r, hash_whole(t->hash), room));
    end_entry(t);
}

static void next_entry(struct metalink_tree *t)
{
    struct source *s = &t->source;
    switch (walk_next(t->walk, &t->entry)) {
    case WALK_ENTRY:
        if (t->entry.folder)
            return;
        if (metalink_can_name(t->entry.path))
            begin_entry(t);
        else
            t->left_out++;
        return;
    case WALK_END:
        if (t->left_out > 0)
            buf_printf(&t->text, "  <!-- left out, since XML cannot express their names: %lu -->\n",
                       (unsigned long)t->left_out);
        buf_add(&t->text, METALINK_END);
        t->ended = true;
        return;
    case WALK_FAIL:
        s->broken = walk_reason(walk_error(t->walk), "the folder could not be read to its end", &s->for_now);
        return;
    }
}

/* Computes for a few milliseconds. True if the entry's turn as a text has come. */
static bool compute(struct metalink_tree *t)
{
    if (!hash_step(t->hash, HASH_PIECES | HASH_WHOLE))
        return false;
    if (hash_broken(t->hash)) {
        end_entry(t);
        add_unknown(t);
    }
    return true;
}

/* Between two files, a line end means nothing. */
static void say_something(struct metalink_tree *t)
{
    if (buf_len(&t->text) == 0 && clock_ms() - t->said_at >= QUIET_MS)
        buf_add(&t->text, SLICE("\n"));
    if (buf_len(&t->text) > 0)
        t->said_at = clock_ms();
}

static void metalink_tree_load(struct source *s)
{
    struct metalink_tree *t = (struct metalink_tree *)s;
    while (buf_len(&t->text) < STRETCH_BYTES && !t->ended && !s->broken) {
        if (!t->hash)
            next_entry(t);
        else if (!compute(t))
            break; /* other jobs first */
        else if (t->hash)
            add_entry(t);
        if (t->text.failed || t->url.failed)
            source_break_for_now(s, "there was no memory for its Metalink");
    }
    say_something(t);
    s->held = t->text.cap + t->url.cap + WALK_BYTES;
}

static enum io metalink_tree_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct metalink_tree *t = (struct metalink_tree *)s;
    return source_read_made(s, &t->text, t->ended, to, cap, ret_n);
}

static void metalink_tree_close(struct source *s)
{
    struct metalink_tree *t = (struct metalink_tree *)s;
    hash_unref(t->hash);
    walk_free(t->walk);
    buf_free(&t->text);
    buf_free(&t->url);
    free(t);
}

static const struct source_ops metalink_tree_ops = {
    .read = metalink_tree_read,
    .load = metalink_tree_load,
    .close = metalink_tree_close,
};

struct source *source_open_metalink_tree(const struct root *root, struct slice name, struct hashes *hashes,
                                         struct slice url)
{
    struct metalink_tree *t = calloc(1, sizeof *t + name.n);
    if (!t)
        return NULL;
    t->source = (struct source){
        .ops = &metalink_tree_ops,
        .kind = SOURCE_TEXT,
        .is_prompt = true,
        .distant = true, /* another file system may be mounted below */
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = "application/metalink4+xml",
    };
    t->root = root;
    t->hashes = hashes;
    t->walk = walk_new(root, name);
    t->text = buf_new(STRETCH_BYTES + FILE_MAX);
    t->url = buf_new(URL_MAX);
    t->url_len = url.n;
    t->said_at = clock_ms();
    t->folder_len = name.n;
    memcpy(t->folder, name.p, name.n);
    buf_add(&t->url, url);
    metalink_add_head(&t->text);
    if (t->walk && !t->text.failed && !t->url.failed)
        return &t->source;
    metalink_tree_close(&t->source);
    return NULL;
}
