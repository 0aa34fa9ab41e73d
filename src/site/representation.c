/* What is sent for a file, and what is said of it. */
#include "site/representation.h"

#include "content/file.h"
#include "content/readme.h"
#include "content/sample.h"
#include "site/neighbour.h"

#include <errno.h>
#include <stdio.h>

/* Takes the reference. */
static struct source *open_source(const struct site *s, struct version *v)
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
    s->head_end = NULL;
}

/* Text without a name that says so is found by its bytes, and becomes text/plain: "meson.build" is read, not
 * saved. */
static enum sample sample_of(struct version *v, enum reach reach)
{
    bool unknown = media_type_is_unknown(v->type);
    if (v->sample == SAMPLE_LATER && !unknown && !media_type_is_text(v->type))
        v->sample = SAMPLE_OTHER;
    enum sample sample = sample_text(v, reach);
    if (unknown && sample == SAMPLE_UTF8)
        v->type = "text/plain";
    return sample;
}

/* Whether it is UTF-8, and whether *ret_neighbour is sent for it. 0, or as neighbour_choose() has it. */
static int look_closer(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct version **ret_neighbour, struct found *ret)
{
    enum sample sample = w->described ? sample_of(v, l->reach) : SAMPLE_OTHER;
    *ret_neighbour = NULL;
    if (sample == SAMPLE_LATER)
        return -EAGAIN;
    ret->utf8 = sample == SAMPLE_UTF8;
    if (w->negotiated && !coding_is_in_name(name))
        return neighbour_choose(l, &w->codings, name, v, ret_neighbour, ret);
    return 0;
}

/* A Markdown file as a page. True when *ret is the answer to that, and *ret_done is what representation_of()
 * returns; the file itself is sent otherwise. */
static bool render(const struct look *l, struct slice name, const struct version *v, struct found *ret,
                   bool *ret_done)
{
    if (l->reach != REACH_ANYWHERE) { /* The loops have no time for it. */
        *ret_done = false;
        return true;
    }
    int error = readme_open_page(v, name, &ret->source);
    *ret_done = true;
    ret->status = error == 0 ? 200 : error == -EIO ? 500 : 503;
    return error != -EILSEQ;
}

bool representation_of(const struct look *l, const struct wanted *w, struct slice name, struct version *v,
                       struct found *ret)
{
    struct version *neighbour;
    bool is_done;
    *ret = (struct found){.status = 200};
    if (v && w->render && strcmp(v->type, "text/markdown") == 0 && render(l, name, v, ret, &is_done)) {
        version_unref(v);
        return is_done;
    }
    *ret = (struct found){.status = 200};
    int error = v ? look_closer(l, w, name, v, &neighbour, ret) : -ENOMEM;
    if (error < 0) {
        version_unref(v);
    } else if (!neighbour) {
        ret->source = open_source(l->site, v);
    } else {
        ret->source = open_source(l->site, neighbour);
        if (ret->source)
            describe_coded(ret->source, v->type, ret->coding);
        version_unref(v);
    }
    if (!ret->source)
        *ret = (struct found){.status = 503};
    return error != -EAGAIN;
}
