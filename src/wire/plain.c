/* The plain dialect: receives a name, sends the bytes; the end of the connection is the end of the file. */
#include "wire/wire.h"

/* Up to LF or CRLF, or everything. */
static struct slice name_in(struct slice first)
{
    const char *newline = memchr(first.p, '\n', first.n);
    if (newline)
        first.n = (size_t)(newline - first.p);
    if (first.n > 0 && first.p[first.n - 1] == '\r')
        first.n--;
    return first;
}

static enum recognised recognise(struct slice first, bool no_more)
{
    bool whole = no_more || first.n >= REQUEST_LINE_MAX || memchr(first.p, '\n', first.n);
    return whole ? RECOGNISED : RECOGNISED_MAYBE;
}

static enum next feed(struct exchange *x, struct slice in, bool no_more)
{
    struct slice name = name_in(in);
    (void)no_more; /* it was recognised because it is complete */
    x->is_bare = true;
    return name.n > PLAIN_NAME_MAX ? exchange_refuse(x, 404) : exchange_ask_name(x, name);
}

static void frame(const struct exchange *x, struct framing *f, struct buf *out)
{
    const struct response *r = &x->response;
    if (r->content) {
        f->body = r->length == SOURCE_LENGTH_UNKNOWN ? BODY_TO_END : BODY_LENGTH;
        f->left = r->length;
    } else if (r->status == 403 || r->status == 404) {
        buf_add(out, SLICE("File not found"));
    } else {
        /* The name may well exist, so "File not found" would be wrong; the only alternative is no answer
         * and a reset. */
        out->failed = true;
    }
}

static struct wire_words words(const struct exchange *x, struct slice in)
{
    (void)x;
    return (struct wire_words){.request = name_in(in), .is_name = true};
}

const struct wire wire_plain = {
    .name = "plain",
    .ends_by_close = true,
    .recognise = recognise,
    .feed = feed,
    .frame = frame,
    .words = words,
};
