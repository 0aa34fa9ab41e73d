/* TLS, which is not supported on this port yet: the client gets a TLS alert. */
#include "wire/wire.h"

/* A handshake record of any TLS version (RFC 8446 5.1). No file name that is text begins like this. */
static enum recognised recognise(struct slice first, bool no_more)
{
    (void)no_more;
    bool is = first.n >= 3 && first.p[0] == 0x16 && first.p[1] == 0x03 && (unsigned char)first.p[2] <= 4;
    return is ? RECOGNISED : RECOGNISED_NOT;
}

static enum next feed(struct exchange *x, struct slice in, bool no_more)
{
    (void)in, (void)no_more;
    x->is_bare = true;
    return exchange_refuse(x, 400);
}

/* A fatal alert handshake_failure (RFC 8446 6), which the client reports instead of garbage. */
static void frame(const struct exchange *x, struct framing *f, struct buf *out)
{
    static const char alert[] = {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28};
    (void)x, (void)f;
    buf_add(out, (struct slice){alert, sizeof alert});
}

const struct wire wire_tls_refused = {
    .name = "tls",
    .ends_by_close = true,
    .recognise = recognise,
    .feed = feed,
    .frame = frame,
};
