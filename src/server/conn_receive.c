/* From a client's bytes to a request. */
#include "server/conn_step.h"

/* TLS is spoken on this port by nobody yet: say so in the client's own words, a fatal alert handshake_failure
 * (RFC 8446 6), so that it reports that and not garbage. */
static enum step refuse_tls(struct conn *c)
{
    static const char alert[] = {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28};
    size_t n;
    c->stream.ops->write(&c->stream, alert, sizeof alert, false, &n);
    c->stream.ops->shutdown(&c->stream);
    conn_set_state(c, CONN_LINGER);
    return STEP_ON;
}

/* More is needed before anything can be done. */
static enum step want_more(struct conn *c)
{
    enum conn_state state = c->dialect == DIALECT_HTTP ? CONN_HEAD : CONN_UNDECIDED;
    c->looked_at = (uint32_t)buf_len(&c->in);
    if (c->ended)
        return conn_end(c, false);
    /* However often a few more bytes come, a first line has no more time than a whole head. A part of a name
     * is another name: it is not asked for. */
    if (state == CONN_UNDECIDED && reaper_has_waited(c))
        return conn_end(c, true);
    if (c->state != state || state == CONN_UNDECIDED) /* A head's deadline runs from its first byte. */
        conn_set_state(c, state);
    return STEP_ON;
}

/* Nobody here wants a body, but the next request comes behind it. Who waits to be told to send it is told:
 * without it nobody could say whether it still comes (RFC 9110 10.1.1). Of one that is empty that is known,
 * and one that is too large is refused. */
static enum step begin_body(struct conn *c)
{
    static const struct slice go_on = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
    struct exchange *x = c->x;
    size_t n;
    body_away_init(&x->away, &x->request);
    if (x->request.expect_continue && buf_len(&c->in) == x->request.head_len &&
        body_away_read(&x->away, SLICE(""), &n) == PARSE_MORE &&
        (c->stream.ops->write(&c->stream, go_on.p, go_on.n, false, &n) != IO_OK || n != go_on.n))
        return conn_end(c,
                        true); /* The socket is empty at this point: it takes this much, or it is broken. */
    conn_set_state(c, CONN_BODY);
    return STEP_ON;
}

static enum step read_http(struct conn *c)
{
    struct slice in = buf_slice(&c->in);
    switch (request_parse(&c->x->request, in)) {
    case PARSE_MORE:
        return want_more(c);
    case PARSE_BAD:
        c->x->found.status = c->x->request.bad_status;
        return conn_answer(c);
    case PARSE_DONE:
        http_ask(c->x, in);
        /* Who is refused is not asked for the body first; the answer ends the connection. */
        bool wants_body = c->x->request.framing != FRAMING_NONE && c->x->found.status < 400;
        return wants_body ? begin_body(c) : conn_find(c);
    }
    __builtin_unreachable();
}

/* What has come so far, seen as what it may be. */
static enum step interpret(struct conn *c, bool no_more)
{
    struct slice in = buf_slice(&c->in);
    if (c->dialect == DIALECT_UNKNOWN)
        c->dialect = dialect_detect(in, no_more);
    if ((c->dialect == DIALECT_PLAIN || c->dialect == DIALECT_HTTP) && !c->x) {
        c->x = exchange_new(c);
        if (!c->x)
            return conn_end(c, true);
    }
    switch (c->dialect) {
    case DIALECT_UNKNOWN:
        return want_more(c);
    case DIALECT_TLS:
        return refuse_tls(c);
    case DIALECT_PLAIN:
        plain_ask(c->x, dialect_plain_name(in));
        return conn_find(c);
    case DIALECT_HTTP:
        return read_http(c);
    }
    __builtin_unreachable();
}

enum step conn_receive(struct conn *c)
{
    buf_take_from(&c->in, &c->shard->inboxes);
    /* A request is never larger than what fits: the parser would have refused it before. */
    char *to = buf_reserve(&c->in, 1);
    size_t cap = buf_tail(&c->in), n;
    if (!to)
        return conn_end(c, true);
    switch (c->stream.ops->read(&c->stream, to, cap, &n)) {
    case IO_OK:
        if (buf_len(&c->in) == 0)
            c->first_byte = c->shard->loop.now;
        c->arrived = ++c->shard->cache.shares.arrivals;
        buf_grew(&c->in, n);
        c->moved_at = c->shard->loop.now;
        /* Less than there was room for: the socket is empty, and asking again would only say so. Unless the
         * end is announced, which comes without a further edge. */
        c->can_read = n == cap || c->hung_up;
        return STEP_ON;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
        c->can_read = false;
        return STEP_ON;
    case IO_EOF:
        c->ended = true;
        return STEP_ON;
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return conn_end(c, false);
}

/* Some clients end a request with one line end too many: alone it is no request yet (RFC 9112 2.2). */
static bool is_empty_line(const struct conn *c)
{
    return c->dialect == DIALECT_HTTP && c->state == CONN_IDLE && slice_eq(buf_slice(&c->in), SLICE("\r\n"));
}

enum step conn_receive_step(struct conn *c)
{
    size_t len = buf_len(&c->in);
    if (is_empty_line(c))
        c->looked_at = (uint32_t)len;
    if (len > c->looked_at)
        return interpret(c, c->ended);
    if (c->ended) /* Between HTTP requests it is the end; a plain client may have asked for the empty name. */
        return c->dialect == DIALECT_HTTP ? conn_end(c, false) : interpret(c, true);
    if (!c->can_read) {
        if (len == 0)
            buf_free_to(&c->in, &c->shard->inboxes); /* Idle connections hold no buffer. */
        return STEP_WAIT;
    }
    return conn_receive(c);
}

/* Each piece goes as it comes; the head stays in front, and what is behind the body comes up to it. */
enum step conn_body_step(struct conn *c)
{
    struct exchange *x = c->x;
    size_t head_len = x->request.head_len, used;
    switch (body_away_read(&x->away, slice_from(buf_slice(&c->in), head_len), &used)) {
    case PARSE_DONE:
        buf_cut(&c->in, head_len, used);
        x->request.framing = FRAMING_NONE;
        return conn_find(c);
    case PARSE_BAD:
        x->found.status = x->request.bad_status = x->away.bad_status;
        return conn_answer(c);
    case PARSE_MORE:
        buf_cut(&c->in, head_len, used);
        break;
    }
    if (c->ended)
        return conn_end(c, false);
    return c->can_read ? conn_receive(c) : STEP_WAIT;
}

static bool wants_request(const struct conn *c)
{
    return c->state == CONN_IDLE || c->state == CONN_UNDECIDED || c->state == CONN_HEAD ||
           c->state == CONN_BODY;
}

/* What its silence means. */
static enum step give_up(struct conn *c)
{
    if (c->state == CONN_IDLE)
        return conn_end(c, false);
    if (c->state == CONN_UNDECIDED) /* What is there is all of it. */
        return interpret(c, true);
    c->x->request.bad_status = 408;
    c->x->found.status = 408;
    return conn_answer(c);
}

/* Bytes that lie in the socket came in time, although their event was not taken yet; and a deadline that this
 * process noticed late is not the client's fault. */
void conn_overdue(struct conn *c)
{
    bool late = reaper_was_late(c);
    if (list_empty(&c->turn.node)) { /* Or else its turn comes anyway. */
        conn_receive(c);
        conn_step(c);
    }
    if (!wants_request(c) || timer_armed(&c->deadline))
        return;
    if (late || !list_empty(&c->turn.node))
        reaper_arm(c);
    else if (give_up(c) == STEP_ON)
        conn_step(c);
}

/* Reads away what the client still sends: closing with unread bytes would send a reset, and a reset can
 * destroy the end of the answer before the client has read it (RFC 9112 9.6). */
enum step conn_linger_step(struct conn *c)
{
    char away[16 * 1024];
    size_t n;
    if (c->ended)
        return conn_end(c, false);
    if (!c->can_read)
        return STEP_WAIT;
    switch (c->stream.ops->read(&c->stream, away, sizeof away, &n)) {
    case IO_OK:
        conn_spend_turn(c, n);
        return STEP_ON;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
        c->can_read = false;
        return STEP_WAIT;
    case IO_EOF:
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return conn_end(c, false);
}
