/* The listing of a folder as a source: the result of one walk, as text. */
#include "content/listing.h"

#include "content/listing_format.h"
#include "content/survey.h"

#include <stdlib.h>
#include <unistd.h>

/* How much text is made ahead of the connection. */
#define TEXT_MAX (64 * 1024)
/* The memory of a reader: that text, the largest head, and the kernel's buffers. */
#define HELD_BYTES (TEXT_MAX + LISTING_FRAME_MAX + 128 * 1024)

struct listing {
    struct source source;
    struct listing_query query;
    struct survey *survey;
    enum { LISTING_BEGIN, LISTING_ENTRIES, LISTING_README, LISTING_END } at;
    bool loaded; /* the survey is ready */
    size_t next; /* the next entry of the survey */
    size_t readme_done;
    struct listing_frame frame;
    struct buf text;
};

static void listing_load(struct source *s)
{
    struct listing *l = (struct listing *)s;
    if (l->next > 0) {
        survey_next_run(l->survey);
        l->next = 0;
    }
    if (!survey_step(l->survey))
        return;
    l->loaded = true;
    s->broken = l->survey->broken;
    s->for_now = l->survey->for_now;
    if (l->survey->further)
        l->frame.last = &l->survey->last;
}

static void add_entries(struct listing *l)
{
    const struct selection *all = &l->survey->selection;
    while (l->next < all->count && buf_len(&l->text) < TEXT_MAX - LISTING_ENTRY_MAX) {
        const struct entry *e = &all->entries[l->next++];
        struct listing_entry shown = {slice_of(e->name), e->folder, e->size, e->modified, e->modified_ns};
        listing_add_entry(&l->text, &l->frame, &shown);
        if (e->folder) {
            l->frame.folders++;
        } else {
            l->frame.files++;
            l->frame.bytes += e->size;
        }
    }
}

static void add_readme(struct listing *l)
{
    struct slice piece = slice_from(buf_slice(&l->survey->readme.html), l->readme_done);
    if (piece.n > TEXT_MAX)
        piece.n = TEXT_MAX;
    buf_add(&l->text, piece);
    l->readme_done += piece.n;
}

/* Makes the next text; nothing if more of the folder has to be read first. */
static void write_text(struct listing *l)
{
    switch (l->at) {
    case LISTING_BEGIN:
        /* No archive is offered for a single served file, and none for an empty folder; a later page has
         * entries before it. */
        l->frame.empty = l->survey->selection.count == 0 && !l->query.after[0];
        l->frame.archives = !l->survey->root->only[0] && !l->frame.empty;
        listing_add_head(&l->text, &l->frame);
        l->at = LISTING_ENTRIES;
        return;
    case LISTING_ENTRIES:
        add_entries(l);
        if (l->next < l->survey->selection.count)
            return;
        if (l->survey->walked) {
            listing_add_tail(&l->text, &l->frame);
            l->at = LISTING_README;
        } else {
            l->loaded = false;
        }
        return;
    case LISTING_README:
        add_readme(l);
        if (l->readme_done == buf_len(&l->survey->readme.html)) {
            listing_add_end(&l->text, &l->frame);
            l->at = LISTING_END;
        }
        return;
    case LISTING_END:
        return;
    }
}

static const char no_memory[] = "there was no memory for its listing";

static enum io listing_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct listing *l = (struct listing *)s;
    while (buf_len(&l->text) == 0) {
        if (l->text.failed)
            source_break_for_now(s, no_memory);
        if (s->broken)
            return IO_FAIL;
        if (!l->loaded)
            return IO_WANT_WORKER;
        if (l->at == LISTING_END)
            return IO_EOF;
        write_text(l);
    }
    if (l->text.failed) {
        source_break_for_now(s, no_memory);
        return IO_FAIL;
    }
    return source_read_made(s, &l->text, false, to, cap, ret_n);
}

static void listing_close(struct source *s)
{
    struct listing *l = (struct listing *)s;
    survey_unref(l->survey);
    buf_free(&l->text);
    free(l);
}

static const struct source_ops listing_ops = {
    .read = listing_read,
    .load = listing_load,
    .close = listing_close,
};

struct source *source_open_listing(int fd, enum fs_kind kind, const struct root *root, struct slice name,
                                   const struct listing_query *query, const struct listing_look *look,
                                   struct surveys *surveys)
{
    while (name.n > 0 && name.p[0] == '/')
        name = slice_from(name, 1);
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    struct listing *l = calloc(1, sizeof *l);
    if (!l) {
        close(fd);
        return NULL;
    }
    bool with_readme = query->format == LISTING_HTML && look->readme && !query->after[0];
    l->survey = survey_open(surveys, fd, root, name, query, with_readme);
    if (!l->survey) {
        free(l);
        return NULL;
    }
    l->source = (struct source){
        .ops = &listing_ops,
        .kind = SOURCE_LISTING,
        .distant = kind == FS_SLOW,
        .held = HELD_BYTES,
        .walk = l->survey,
        .length = SOURCE_LENGTH_UNKNOWN,
        .type = listing_type(query->format),
        .policy = listing_policy(query->format),
    };
    l->query = *query;
    l->text = buf_new(TEXT_MAX + LISTING_FRAME_MAX);
    l->frame = (struct listing_frame){
        .path = {l->survey->path, l->survey->path_len},
        .query = &l->query,
        .look = look,
        .readme = &l->survey->readme,
    };
    return &l->source;
}
