/* From a client's bytes to a request. */
#include "server/conn_step.h"

#include "io/sock.h"

/* More bytes are needed. */
static enum step want_more(struct conn *c)
{
    enum conn_state state = c->wire ? CONN_HEAD : CONN_UNDECIDED;
    c->looked_off = (uint32_t)buf_len(&c->in);
    if (c->ended)
        return conn_end(c, false);
    /* However often a few more bytes come, a first line has no more time than a whole head. A part of a
     * name is another name, so it is not looked up. */
    if (state == CONN_UNDECIDED && conn_has_waited(c))
        return conn_end(c, true);
    if (c->state != state || state == CONN_UNDECIDED) /* a head's deadline runs from its first byte */
        conn_set_state(c, state);
    return STEP_ON;
}

/* Reads the body, even if nobody wants it, because the next request follows it. Also called after a worker
 * has made room in the sink. */
enum step conn_body_begin(struct conn *c)
{
    struct transaction *t = c->t;
    if (!t->has_body)
        body_init(&t->body, &t->x.request, t->x.sink->most);
    if (!t->has_body && c->wire->invite)
        buf_add(&t->out, c->wire->invite(&t->x, buf_slice(&c->in)));
    if (t->out.failed)
        return conn_end(c, true);
    t->has_body = true;
    conn_set_state(c, CONN_BODY);
    return STEP_ON;
}

/* The invitation is sent before anything else is read or answered. */
static enum step invite(struct conn *c)
{
    struct buf *out = &c->t->out;
    size_t n;
    if (!c->can_write)
        return STEP_WAIT;
    switch (conn_write(c, buf_slice(out), false, &n)) {
    case IO_OK:
        buf_consume(out, n);
        return STEP_ON;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
        return STEP_ON;
    case IO_EOF:
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return conn_end(c, true);
}

/* Puts the carrier over the socket, together with the bytes that were already read. The dialect of its
 * content is recognised as on a new connection. */
static enum step begin_carrier(struct conn *c)
{
    const struct carrier *k = c->wire->carrier;
    if (!k->open(k, &c->stream, buf_slice(&c->in)))
        return conn_end(c, true);
    c->wire = NULL;
    buf_clear(&c->in);
    c->looked_off = 0;
    c->ended = false;
    c->can_read = true; /* the bytes that were given back make no edge */
    conn_set_state(c, CONN_HANDSHAKE);
    return STEP_ON;
}

enum step conn_handshake_step(struct conn *c)
{
    if (!c->can_read || !c->can_write)
        return STEP_WAIT;
    switch (c->stream.ops->handshake(&c->stream)) {
    case IO_OK:
        c->first_byte = c->shard->loop.now;
        c->moved_at = c->shard->loop.now;
        conn_set_state(c, CONN_IDLE);
        return STEP_ON;
    case IO_WANT_READ:
        c->can_read = false;
        return STEP_ON;
    case IO_WANT_WRITE:
        c->can_write = false;
        return STEP_ON;
    case IO_EOF:
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return conn_end(c, false);
}

/* Interprets the bytes received so far. */
static enum step interpret(struct conn *c, bool no_more)
{
    struct slice in = buf_slice(&c->in);
    if (!c->wire)
        c->wire = wire_recognise(c->shard->server->wires, in, no_more);
    if (!c->wire)
        return want_more(c);
    if (c->wire->carrier && !c->stream.ops->handshake)
        return begin_carrier(c);
    if (!c->t && !(c->t = transaction_new(c->shard, c)))
        return conn_end(c, true);
    c->t->x.arrived = c->arrived;
    enum next next = c->wire->feed(&c->t->x, in, no_more);
    return next == NEXT_MORE ? want_more(c) : conn_go_on(c, next);
}

/* A busy client is looked at after the batch: it may be on the wrong loop. Its processor is noted now,
 * because a later packet may acknowledge our answer, which over loopback happens on our processor. */
static void note_busy(struct conn *c)
{
    struct shard *s = c->shard;
    c->answers = BUSY_ANSWERS + 1; /* until placement_tend() */
    if (s->server->shard_count == 1)
        return;
    if (s->busy_count < BUSY_MAX)
        s->busy[s->busy_count++] = (struct busy){c, sock_processor(c->stream.fd)};
    else
        c->answers = 0;
}

enum step conn_receive(struct conn *c)
{
    buf_take_from(&c->in, &c->shard->inboxes);
    /* A request always fits: the parser would have refused a larger one. */
    char *to = buf_reserve(&c->in, 1);
    size_t cap = buf_tail(&c->in), n;
    if (!to)
        return conn_end(c, true);
    switch (conn_read(c, to, cap, &n)) {
    case IO_OK:
        if (buf_len(&c->in) == 0)
            c->first_byte = c->shard->loop.now;
        c->arrived = ++c->shard->cache.shares.arrivals;
        buf_grew(&c->in, n);
        c->moved_at = c->shard->loop.now;
        if (c->answers == BUSY_ANSWERS)
            note_busy(c);
        return STEP_ON;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
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

/* Bytes have come, but nothing of a request. */
static bool is_still_idle(const struct conn *c)
{
    return c->state == CONN_IDLE && c->wire && c->wire->is_idle && c->wire->is_idle(buf_slice(&c->in));
}

enum step conn_receive_step(struct conn *c)
{
    size_t len = buf_len(&c->in);
    if (is_still_idle(c))
        c->looked_off = (uint32_t)len;
    if (len > c->looked_off)
        return interpret(c, c->ended);
    if (c->ended) /* Between two requests it is the end; a plain client may have asked for the empty name. */
        return conn_ends_by_close(c) ? interpret(c, true) : conn_end(c, false);
    if (!c->can_read) {
        if (len == 0)
            buf_free_to(&c->in, &c->shard->inboxes); /* idle connections hold no buffer */
        return STEP_WAIT;
    }
    return conn_receive(c);
}

/* Gives each piece of the body to the exchange. The head stays at the front of `in`, and the bytes after the
 * piece move up to it. */
enum step conn_body_step(struct conn *c)
{
    struct exchange *x = &c->t->x;
    size_t head_len = x->request.head_len, used;
    if (buf_len(&c->t->out) > 0)
        return invite(c);
    x->in = buf_slice(&c->in);
    x->arrived = c->arrived;
    enum next next = c->wire->body(x, &c->t->body, slice_from(x->in, head_len), &used);
    buf_cut(&c->in, head_len, used);
    if (next != NEXT_BODY)
        return conn_go_on(c, next);
    if (c->ended)
        return conn_end(c, false);
    return c->can_read ? conn_receive(c) : STEP_WAIT;
}

static bool wants_request(const struct conn *c)
{
    return c->state == CONN_HANDSHAKE || c->state == CONN_IDLE || c->state == CONN_UNDECIDED ||
           c->state == CONN_HEAD || c->state == CONN_BODY;
}

/* What its silence means. */
static enum step give_up(struct conn *c)
{
    if (c->state == CONN_IDLE || c->state == CONN_HANDSHAKE)
        return conn_end(c, false);
    if (c->state == CONN_UNDECIDED) /* what is there is complete */
        return interpret(c, true);
    c->t->x.in = buf_slice(&c->in);
    return conn_go_on(c, exchange_refuse(&c->t->x, 408));
}

/* Bytes in the socket came in time, even if their event was not handled yet; and a deadline that this
 * process noticed late is not the client's fault. */
void conn_overdue(struct conn *c)
{
    bool late = conn_was_late(c);
    if (list_empty(&c->turn.node)) { /* otherwise its turn comes anyway */
        if (c->state == CONN_HANDSHAKE)
            c->can_read = c->can_write = true;
        else
            conn_receive(c);
        conn_step(c);
    }
    if (!wants_request(c) || timer_armed(&c->deadline))
        return;
    if (late || !list_empty(&c->turn.node))
        conn_rearm(c);
    else if (give_up(c) == STEP_ON)
        conn_step(c);
}

/* Ends our side, and discards what the client still sends: closing with unread bytes would send a reset,
 * which can destroy the end of the answer before the client has read it (RFC 9112 9.6). */
enum step conn_linger_step(struct conn *c)
{
    char away[16 * 1024];
    size_t n;
    if (!c->end_said && c->can_write)
        return conn_end_writing(c);
    if (c->ended && c->end_said)
        return conn_end(c, false);
    if (c->ended || !c->can_read)
        return STEP_WAIT;
    switch (conn_read(c, away, sizeof away, &n)) {
    case IO_OK:
        conn_spend_turn(c, n);
        return STEP_ON;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
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
