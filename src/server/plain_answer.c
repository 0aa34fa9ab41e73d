/* The plain dialect: a name comes, the bytes go, and the end of the connection is the end of the file. */
#include "server/conn.h"
#include "server/exchange.h"

void plain_ask(struct exchange *x, struct slice name)
{
    if (name.n > PLAIN_NAME_MAX) {
        x->found.status = 404;
        return;
    }
    x->wanted.listing = (struct listing_query){.format = LISTING_TEXT};
    x->wanted.archive = ARCHIVE_FORMAT_NONE;
    x->wanted.described = x->wanted.negotiated = false;
    x->wanted.is_address = x->wanted.render = false;
    x->wanted.name_len = name.n;
    memcpy(x->wanted.name, name.p, name.n);
}

void plain_answer(struct exchange *x)
{
    x->source = x->found.source;
    x->status = x->found.status;
    if (!x->source) {
        if (x->found.status == 403 || x->found.status == 404)
            buf_add(&x->out, SLICE("File not found"));
        else /* It may well be there: no answer, and a reset, is the only other thing that this dialect can
                say. */
            x->out.failed = true;
        return;
    }
    x->body = x->source->length == SOURCE_LENGTH_UNKNOWN ? BODY_TO_END : BODY_LENGTH;
    x->body_left = x->source->length;
}
