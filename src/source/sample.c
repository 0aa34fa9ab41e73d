/* The beginning of a text: is it UTF-8? */
#include "source/sample.h"

#include "base/text.h"

#include <unistd.h>

/* A page: what is not ASCII shows in it. */
#define SAMPLE_BYTES 4096

static enum sample judge(struct slice s, bool is_cut)
{
    if (is_cut)
        s.n -= utf8_unfinished(s);
    return text_is_utf8(s) ? SAMPLE_UTF8 : SAMPLE_OTHER;
}

static enum sample look(struct version *v, enum reach reach)
{
    char room[SAMPLE_BYTES];
    bool is_cut = v->length > SAMPLE_BYTES;
    size_t want = is_cut ? SAMPLE_BYTES : (size_t)v->length;
    if (want == 0)
        return SAMPLE_UTF8;
    /* All of a small one: it is what will be sent, so this costs nothing. */
    const char *bytes = version_bytes(v);
    if (bytes)
        return judge((struct slice){bytes, want}, is_cut);
    bool may_wait = reach != REACH_CACHED || v->kind == FS_MEMORY;
    ssize_t n = may_wait ? pread(v->fd, room, want, 0) : version_read_now(v, room, want, 0);
    if (n == (ssize_t)want)
        return judge((struct slice){room, want}, is_cut);
    /* When even a worker gets less, it is broken or no longer the same, and nothing is promised of it. */
    return may_wait ? SAMPLE_OTHER : SAMPLE_LATER;
}

enum sample sample_text(struct version *v, enum reach reach)
{
    if (v->sample == SAMPLE_LATER)
        v->sample = look(v, reach);
    return v->sample;
}
