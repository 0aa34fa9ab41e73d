/* Bytes in memory: error pages and other short answers. */
#include "content/source.h"

#include <stdlib.h>

struct memory {
    struct source source;
    char bytes[];
};

static enum io memory_read(struct source *s, void *to, size_t cap, size_t *ret_n)
{
    struct memory *m = (struct memory *)s;
    size_t n = s->length - s->position;
    if (n > cap)
        n = cap;
    memcpy(to, m->bytes + s->position, n);
    s->position += n;
    *ret_n = n;
    return IO_OK;
}

static void memory_close(struct source *s)
{
    free(s);
}

static const struct source_ops memory_ops = {.read = memory_read, .close = memory_close};

struct source *source_open_memory(struct slice bytes, const char *type)
{
    struct memory *m = malloc(sizeof *m + bytes.n);
    if (!m)
        return NULL;
    m->source = (struct source){.ops = &memory_ops, .kind = SOURCE_TEXT, .length = bytes.n, .type = type};
    memcpy(m->bytes, bytes.p, bytes.n);
    return &m->source;
}
