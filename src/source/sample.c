/* The beginning of a text: is it UTF-8? */
#include "source/sample.h"

#include "base/text.h"

#include <sys/uio.h>

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
    struct iovec to = {room, want};
    bool may_wait = reach != REACH_CACHED || v->kind == FS_MEMORY;
    if (!may_wait && page_cache_lacks(&v->pages, v->fd, 0, want))
        return SAMPLE_LATER;
    ssize_t n = preadv2(v->fd, &to, 1, 0, may_wait ? 0 : RWF_NOWAIT);
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
