/* A Metalink 4 document of one file as a source.
 *
 * Its lines have fixed lengths, so that its length is known before the first piece is, and any part of it can
 * be made by itself. The digest of the whole comes last: it is known last. */
#include "content/metalink.h"

#include "base/text.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES (sizeof "      <hash></hash>\n" - 1 + SHA256_HEX_BYTES)
/* An address of a name, each byte as %XX, and the name, each as an entity. */
#define HEAD_MAX (3 * PATH_MAX + 8 * NAME_MAX + 2048)
/* How many bytes the tail has, with the digest that is not known yet. */
#define TAIL_MAX 256

struct hash_document {
    struct source source;
    struct hash *hash;
    struct buf head;
    uint64_t pieces_len; /* of all their lines */
};

/* Text or a quoted attribute of XML. Bytes that are not UTF-8, and control characters, which XML cannot
 * express, become U+FFFD. */
static void add_xml(struct buf *out, struct slice s)
{
    uint32_t c;
    while (s.n > 0) {
        size_t n = utf8_decode(s, &c);
        if (n == 0 || c < ' ' || c == 0xfffe || c == 0xffff)
            buf_add(out, SLICE("\xef\xbf\xbd"));
        else
            html_add(out, (struct slice){s.p, n});
        s = slice_from(s, n > 0 ? n : 1);
    }
}

static void add_head(struct buf *out, const struct hash_record *r, struct slice name, struct slice url)
{
    buf_add(out, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">\n"
                       "  <generator>ferry</generator>\n"
                       "  <file name=\""));
    add_xml(out, name);
    buf_printf(out, "\">\n    <size>%lu</size>\n    <url>", (unsigned long)r->key.length);
    add_xml(out, url);
    buf_add(out, SLICE("</url>\n"));
    if (r->count > 0)
        buf_printf(out, "    <pieces length=\"%lu\" type=\"sha-256\">\n", (unsigned long)r->key.piece);
}

/* The digest may be NULL if only the length is of interest. */
static struct slice tail(const struct hash_record *r, const struct sha256_digest *whole,
                         char to[static TAIL_MAX])
{
    char hex[SHA256_HEX_BYTES + 1];
    int n = snprintf(to, TAIL_MAX, "%s    <hash type=\"sha-256\">%s</hash>\n  </file>\n</metalink>\n",
                     r->count > 0 ? "    </pieces>\n" : "",
                     sha256_to_hex(whole ? whole : &(struct sha256_digest){{0}}, hex).p);
    return (struct slice){to, (size_t)n};
}

static struct slice line(const struct sha256_digest *piece, char to[static LINE_BYTES + 1])
{
    char hex[SHA256_HEX_BYTES + 1];
    int n = snprintf(to, LINE_BYTES + 1, "      <hash>%s</hash>\n", sha256_to_hex(piece, hex).p);
    return (struct slice){to, (size_t)n};
}

/* What is at the position, as far as that is known; empty if it is not. `room` is for text that is made. */
static struct slice known(const struct hash_document *m, char room[static TAIL_MAX])
{
    const struct hash_record *r = hash_record(m->hash);
    uint64_t at = m->source.position;
    if (at < buf_len(&m->head))
        return slice_from(buf_slice(&m->head), at);
    at -= buf_len(&m->head);
    if (at >= m->pieces_len)
        return hash_whole(m->hash) ? slice_from(tail(r, hash_whole(m->hash), room), at - m->pieces_len)
                                   : SLICE("");
    uint64_t i = at / LINE_BYTES;
    if (i >= atomic_load_explicit(&r->ready, memory_order_acquire))
        return SLICE("");
    return slice_from(line(&r->pieces[i], room), at % LINE_BYTES);
}

static enum io metalink_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct hash_document *m = (struct hash_document *)s;
    char room[TAIL_MAX];
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
    char room[TAIL_MAX];
    struct hash_document *m = calloc(1, sizeof *m);
    if (m) {
        m->head = buf_new(HEAD_MAX);
        add_head(&m->head, r, name, url);
    }
    if (!m || m->head.failed) {
        if (m)
            buf_free(&m->head);
        free(m);
        hash_unref(h);
        return NULL;
    }
    m->hash = h;
    m->pieces_len = r->count * LINE_BYTES;
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
