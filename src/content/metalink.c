/* A Metalink 4 document of one file as a source.
 *
 * Its lines have fixed lengths, so that its length is known before the first piece is, and any part of it can
 * be made by itself. The digest of the whole comes last: it is known last. */
#include "content/metalink.h"

#include "content/metalink_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* An address of a name, each byte as %XX, and the name, each as an entity. */
#define HEAD_MAX (3 * PATH_MAX + 8 * NAME_MAX + 2048)
struct hash_document {
    struct source source;
    struct hash *hash;
    struct buf head;
    uint64_t pieces_len; /* of all their lines */
};

static struct slice tail(const struct hash_record *r, const struct sha256_digest *whole,
                         char to[static METALINK_TAIL_MAX])
{
    struct slice t = metalink_tail(r, whole, to);
    memcpy(to + t.n, METALINK_END.p, METALINK_END.n);
    return (struct slice){to, t.n + METALINK_END.n};
}

/* What is at the position, as far as that is known; empty if it is not. `room` is for text that is made. */
static struct slice known(const struct hash_document *m, char room[static METALINK_TAIL_MAX])
{
    const struct hash_record *r = hash_record(m->hash);
    uint64_t at = m->source.position;
    if (at < buf_len(&m->head))
        return slice_from(buf_slice(&m->head), at);
    at -= buf_len(&m->head);
    if (at >= m->pieces_len)
        return hash_whole(m->hash) ? slice_from(tail(r, hash_whole(m->hash), room), at - m->pieces_len)
                                   : SLICE("");
    uint64_t i = at / METALINK_LINE;
    if (i >= atomic_load_explicit(&r->ready, memory_order_acquire))
        return SLICE("");
    return slice_from(metalink_line(&r->pieces[i], room), at % METALINK_LINE);
}

static enum io metalink_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct hash_document *m = (struct hash_document *)s;
    char room[METALINK_TAIL_MAX];
    size_t done = 0;
    for (struct slice some; done < cap && (some = known(m, room)).n > 0;) {
        size_t n = some.n < cap - done ? some.n : cap - done;
        memcpy((char *)to + done, some.p, n);
        s->position += n;
        done += n;
    }
    *ret_n = done;
    if (done > 0)
        return IO_OK;
    s->broken = hash_broken(m->hash);
    return s->broken ? IO_FAIL : IO_WANT_WORKER;
}

static void metalink_load(struct source *s)
{
    hash_step(((struct hash_document *)s)->hash, HASH_PIECES | HASH_WHOLE);
}

static bool metalink_close_waits(const struct source *s)
{
    return hash_unref_waits(((const struct hash_document *)s)->hash);
}

static void metalink_close(struct source *s)
{
    struct hash_document *m = (struct hash_document *)s;
    hash_unref(m->hash);
    buf_free(&m->head);
    free(m);
}

static const struct source_ops metalink_ops = {
    .read = metalink_read,
    .load = metalink_load,
    .close_waits = metalink_close_waits,
    .close = metalink_close,
};

struct source *source_open_metalink(struct hash *h, const struct version *v, struct slice name,
                                    struct slice url)
{
    const struct hash_record *r = hash_record(h);
    char room[METALINK_TAIL_MAX];
    struct hash_document *m = calloc(1, sizeof *m);
    if (m) {
        m->head = buf_new(HEAD_MAX);
        metalink_add_head(&m->head);
        metalink_add_file(&m->head, r, name, url);
    }
    if (!m || m->head.failed) {
        if (m)
            buf_free(&m->head);
        free(m);
        hash_unref(h);
        return NULL;
    }
    m->hash = h;
    m->pieces_len = r->count * METALINK_LINE;
    m->source = (struct source){
        .ops = &metalink_ops,
        .kind = SOURCE_TEXT,
        .is_prompt = true,
        .distant = v->kind == FS_SLOW,
        .walk = h,
        .length = buf_len(&m->head) + m->pieces_len + tail(r, NULL, room).n,
        .modified = v->modified.tv_sec,
        .changed = v->changed.tv_sec,
        .type = "application/metalink4+xml",
    };
    /* Change it together with the document. */
    snprintf(m->source.etag, sizeof m->source.etag, "%.*s-meta4\"", (int)strlen(v->etag) - 1, v->etag);
    return &m->source;
}
