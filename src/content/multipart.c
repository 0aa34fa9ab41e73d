/* Several pieces of another source as one source, with text before each. */
#include "content/multipart.h"

#include <stdlib.h>

/* A part of the result: our text, or bytes of the whole. */
struct stretch {
    bool is_text;
    uint64_t off, len; /* in `text` or in the whole */
};

struct multipart {
    struct source source;
    struct source *whole;
    size_t stretches, at; /* `at` is the current or next one */
    uint64_t done;        /* bytes of it that were sent */
    struct stretch stretch[2 * MULTIPART_MAX + 1];
    char type[128];
    char text[];
};

static void step_over(struct multipart *m, size_t n)
{
    m->source.position += n;
    m->done += n;
    if (m->done == m->stretch[m->at].len) {
        m->at++;
        m->done = 0;
    }
    m->source.can_send = m->at < m->stretches && !m->stretch[m->at].is_text && m->whole->can_send;
}

/* The next stretch. If it is a piece of the whole, the whole is moved to where the piece continues. */
static struct stretch *current(struct multipart *m)
{
    struct stretch *s = &m->stretch[m->at];
    if (!s->is_text)
        m->whole->position = s->off + m->done;
    return s;
}

static enum io after_whole(struct multipart *m, enum io result, const size_t *n)
{
    if (result == IO_OK)
        step_over(m, *n);
    m->source.can_send &= m->whole->can_send;
    m->source.awaited = m->whole->awaited;
    m->source.broken = m->whole->broken;
    return result;
}

static enum io multipart_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct multipart *m = (struct multipart *)s;
    const struct stretch *now = current(m);
    if (cap > now->len - m->done)
        cap = now->len - m->done;
    if (!now->is_text)
        return after_whole(m, m->whole->ops->read(m->whole, to, cap, ret_n), ret_n);
    memcpy(to, m->text + now->off + m->done, cap);
    *ret_n = cap;
    step_over(m, cap);
    return IO_OK;
}

static enum io multipart_send(struct source *s, int socket, size_t max, size_t *ret_n)
{
    struct multipart *m = (struct multipart *)s;
    const struct stretch *now = current(m);
    if (max > now->len - m->done)
        max = now->len - m->done;
    return after_whole(m, m->whole->ops->send(m->whole, socket, max, ret_n), ret_n);
}

static bool multipart_holds(struct source *s, uint64_t since, uint64_t now)
{
    struct multipart *m = (struct multipart *)s;
    bool holds = m->whole->ops->holds(m->whole, since, now);
    s->broken = m->whole->broken;
    return holds;
}

static void multipart_load(struct source *s)
{
    struct multipart *m = (struct multipart *)s;
    current(m);
    m->whole->ops->load(m->whole);
}

static void multipart_close(struct source *s)
{
    free(s);
}

static const struct source_ops multipart_ops = {
    .read = multipart_read,
    .send = multipart_send,
    .holds = multipart_holds,
    .load = multipart_load,
    .close = multipart_close,
};

static void add_stretch(struct multipart *m, bool is_text, uint64_t off, uint64_t len)
{
    if (len == 0)
        return;
    m->stretch[m->stretches++] = (struct stretch){is_text, off, len};
    m->source.length += len;
}

static size_t add_text(struct multipart *m, size_t at, struct slice s)
{
    memcpy(m->text + at, s.p, s.n);
    add_stretch(m, true, at, s.n);
    return at + s.n;
}

struct source *source_open_multipart(struct source *whole, const struct piece *pieces, size_t n,
                                     struct slice tail, const char *type)
{
    size_t text_len = tail.n, at = 0;
    for (size_t i = 0; i < n; i++)
        text_len += pieces[i].head.n;
    struct multipart *m = n <= MULTIPART_MAX ? calloc(1, sizeof *m + text_len) : NULL;
    if (!m)
        return NULL;
    strncpy(m->type, type, sizeof m->type - 1);
    m->source = (struct source){
        .ops = &multipart_ops, .kind = whole->kind, .modified = whole->modified, .type = m->type};
    memcpy(m->source.etag, whole->etag, sizeof m->source.etag);
    m->whole = whole;
    for (size_t i = 0; i < n; i++) {
        at = add_text(m, at, pieces[i].head);
        add_stretch(m, false, pieces[i].off, pieces[i].len);
    }
    add_text(m, at, tail);
    return &m->source;
}
