/* What is sent for a file, and what is said of it. */
#include "server/representation.h"

#include "source/file.h"
#include "source/sample.h"

static struct source *open_source(const struct server *s, struct version *v)
{
    struct source *source = source_open_file(v);
    if (source && s->copy)
        source->can_send = false;
    return source;
}

bool representation_of(const struct look *l, const struct wanted *w, struct version *v, struct found *ret)
{
    enum sample sample = SAMPLE_OTHER;
    if (v && w->described && media_type_is_text(v->type))
        sample = sample_text(v, l->reach);
    if (sample == SAMPLE_LATER) {
        version_unref(v);
        return false;
    }
    struct source *source = open_source(l->server, v);
    *ret = (struct found){.status = source ? 200 : 503, .source = source, .utf8 = sample == SAMPLE_UTF8};
    return true;
}
