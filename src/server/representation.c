/* What is sent for a file, and what is said of it. */
#include "server/representation.h"

#include "server/neighbour.h"
#include "source/file.h"
#include "source/sample.h"

#include <errno.h>
#include <stdio.h>

/* Takes the reference. */
static struct source *open_source(const struct server *s, struct version *v)
{
    struct source *source = source_open_file(v);
    if (source && s->copy)
        source->can_send = false;
    return source;
}

/* A neighbour has the file's type, and a tag of its own even where it is a link to the very same file. */
static void describe_coded(struct source *s, const char *type, enum coding coding)
{
    size_t n = strlen(s->etag) - 1;
    snprintf(s->etag + n, sizeof s->etag - n, "-%s\"", coding_name(coding));
    s->type = type;
}

/* 0, or as neighbour_choose() has it. */
static int look_closer(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct found *ret)
{
    enum sample sample = SAMPLE_OTHER;
    struct version *neighbour = NULL;
    if (w->described && media_type_is_text(v->type))
        sample = sample_text(v, l->reach);
    if (sample == SAMPLE_LATER)
        return -EAGAIN;
    ret->utf8 = sample == SAMPLE_UTF8;
    int error = 0;
    if (w->negotiated && !coding_is_in_name(name))
        error = neighbour_choose(l, &w->codings, name, v, &neighbour, ret);
    if (error < 0)
        return error;
    ret->source = open_source(l->server, neighbour ? neighbour : version_ref(v));
    if (ret->source && neighbour)
        describe_coded(ret->source, v->type, ret->coding);
    return ret->source ? 0 : -ENOMEM;
}

bool representation_of(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct found *ret)
{
    struct found found = {.status = 200};
    int error = v ? look_closer(l, w, name, v, &found) : -ENOMEM;
    version_unref(v);
    *ret = error < 0 ? (struct found){.status = 503} : found;
    return error != -EAGAIN;
}
