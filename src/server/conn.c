/* THE state machine: one connection from its first byte to its last. */
#include "server/conn.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>

/* 256 KiB a turn: one fast client must not starve the rest, and what is still in the second-level cache is
 * sent twice as fast. A small answer counts as a part of it, so that a client that sends a thousand requests
 * in one go takes turns too. */
#define TURN_BYTES (256 * 1024)
#define TURN_ANSWER (4 * 1024)

/* The end of each file is copied instead of sent: after the copy, and before it goes out, the file is looked
 * at once more, so that a change up to then is seen before the last byte has gone. (What sendfile() has
 * queued can still change after that: --copy.) A file that is no larger goes out together with its head, in
 * one call. */
#define COPIED_TAIL (16 * 1024)

/* A tenth of a second apart: as long as a client has for its request. */
#define STARVED_TRIES 100

/* What one step of the machine came to. */
enum step {
    STEP_ON,   /* go on */
    STEP_WAIT, /* an event, a worker or a deadline will call again */
};

void conn_set_state(struct conn *c, enum conn_state to)
{
#define TO(state) (1u << (state))
    /* A request that is whole, or is wrong, can be found, looked for, tried again, or answered at once. */
    const unsigned found = TO(CONN_OPENING) | TO(CONN_STARVED) | TO(CONN_SENDING);
    const unsigned legal[CONN_STATES] = {
        [CONN_IDLE] =
            TO(CONN_UNDECIDED) | TO(CONN_HEAD) | TO(CONN_BODY) | TO(CONN_LINGER) | TO(CONN_DEAD) | found,
        [CONN_UNDECIDED] =
            TO(CONN_UNDECIDED) | TO(CONN_HEAD) | TO(CONN_BODY) | TO(CONN_LINGER) | TO(CONN_DEAD) | found,
        [CONN_HEAD] = TO(CONN_BODY) | TO(CONN_DEAD) | found,
        [CONN_BODY] = TO(CONN_DEAD) | found,
        [CONN_OPENING] =
            TO(CONN_OPENING) | TO(CONN_STARVED) | TO(CONN_SENDING) | TO(CONN_DOOMED) | TO(CONN_DEAD),
        [CONN_STARVED] = TO(CONN_DEAD) | found,
        [CONN_SENDING] = TO(CONN_IDLE) | TO(CONN_LOADING) | TO(CONN_LINGER) | TO(CONN_DEAD),
        [CONN_LOADING] = TO(CONN_SENDING) | TO(CONN_DOOMED) | TO(CONN_DEAD),
        [CONN_LINGER] = TO(CONN_DEAD),
        [CONN_DOOMED] = TO(CONN_DEAD),
    };
    if (!(legal[c->state] & TO(to)))
        abort();
#undef TO
    c->state = to;
    reaper_arm(c);
}

void conn_kill(struct conn *c, bool cut)
{
    c->reset |= cut;
    bool at_worker = c->state == CONN_OPENING || c->state == CONN_LOADING;
    if (at_worker && !workers_cancel(c->shard->server->workers, &c->x->job))
        conn_set_state(c, CONN_DOOMED);
    else if (c->state != CONN_DOOMED && c->state != CONN_DEAD)
        conn_set_state(c, CONN_DEAD);
}

static enum step kill(struct conn *c, bool cut)
{
    conn_kill(c, cut);
    return STEP_WAIT;
}

/* The rest of the body cannot be had: the peer sees a reset, and the operator reads why. */
static enum step cut_short(struct conn *c)
{
    const struct exchange *x = c->x;
    if (x->source->broken)
        log_line("/%s: %s; the client's connection was cut", escape(wanted_name(&x->wanted)).text,
                 x->source->broken);
    return kill(c, true);
}

static void conn_step(struct conn *c);

/* Hands the connection's exchange to a worker; `done` runs when it is back. */
static void submit(struct conn *c, enum conn_state state, bool far, void (*run)(struct job *j),
                   void (*done)(struct job *j))
{
    conn_set_state(c, state);
    c->x->job.run = run;
    c->x->job.done = done;
    c->x->job.far = far;
    workers_submit(c->shard->server->workers, &c->x->job);
}

/* Back from a worker. False when it was all over meanwhile. */
static bool still_wanted(struct conn *c)
{
    if (c->state == CONN_DOOMED)
        conn_set_state(c, CONN_DEAD);
    return c->state != CONN_DEAD;
}

/* ---- receiving ---- */

/* Nothing but the connection's end says where the body ends. */
static bool is_unframed(const struct conn *c)
{
    return c->dialect == DIALECT_PLAIN || c->x->body == BODY_TO_END;
}

static void answer(struct conn *c)
{
    struct exchange *x = c->x;
    if (c->dialect == DIALECT_HTTP)
        http_answer(x, buf_slice(&c->in));
    else
        plain_answer(x);
    /* Should this process die on the way, the kernel closes its sockets, and an orderly end would make a part
     * of the body look like all of it. */
    if (is_unframed(c))
        sock_reset_on_close(c->stream.fd);
    x->head_len = c->dialect == DIALECT_HTTP ? (uint32_t)buf_len(&x->out) : 0;
    conn_set_state(c, CONN_SENDING);
}

/* What was found is answered. Only what there was no descriptor or memory left for is tried again for a
 * while: the clients that hold them come and go. */
static void use_found(struct conn *c)
{
    if (c->x->found.status == 503 && c->x->tries++ < STARVED_TRIES)
        conn_set_state(c, CONN_STARVED);
    else
        answer(c);
}

static void find_on_worker(struct job *j)
{
    struct exchange *x = container_of(j, struct exchange, job);
    x->is_found = route_find(x->conn->shard->server, &x->wanted, x->reach, &x->found);
}

static void found_by_worker(struct job *j);

/* Each step further may wait longer: for nothing, for a disk, for ever. */
static void look_further(struct conn *c)
{
    struct exchange *x = c->x;
    x->reach = x->reach == REACH_CACHED ? REACH_OWN : REACH_ANYWHERE;
    submit(c, CONN_OPENING, x->reach == REACH_ANYWHERE, find_on_worker, found_by_worker);
}

static void found_by_worker(struct job *j)
{
    struct exchange *x = container_of(j, struct exchange, job);
    struct conn *c = x->conn;
    if (!still_wanted(c))
        return;
    if (x->is_found)
        use_found(c);
    else
        look_further(c);
    conn_step(c);
}

static enum step find(struct conn *c)
{
    struct exchange *x = c->x;
    x->reach = REACH_CACHED;
    if (route_find(c->shard->server, &x->wanted, REACH_CACHED, &x->found))
        use_found(c);
    else
        look_further(c);
    return STEP_ON;
}

/* x->found.status says what is to be answered. */
static enum step answer_at_once(struct conn *c)
{
    answer(c);
    return STEP_ON;
}

/* The request is whole, and was read by its dialect. */
static enum step proceed(struct conn *c)
{
    return c->x->found.status == 0 ? find(c) : answer_at_once(c);
}

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
        return kill(c, false);
    if (c->state != state || state == CONN_UNDECIDED) /* A head's deadline runs from its first byte. */
        conn_set_state(c, state);
    return STEP_ON;
}

/* Nobody here wants a body, but the next request comes behind it. Who waits to be told to send it is told:
 * without it nobody could say whether it still comes (RFC 9110 10.1.1). */
static enum step begin_body(struct conn *c)
{
    static const struct slice go_on = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
    struct exchange *x = c->x;
    size_t n;
    if (x->request.expect_continue && buf_len(&c->in) == x->request.head_len &&
        (c->stream.ops->write(&c->stream, go_on.p, go_on.n, false, &n) != IO_OK || n != go_on.n))
        return kill(c, true); /* The socket is empty at this point: it takes this much, or it is broken. */
    body_away_init(&x->away, &x->request);
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
        return answer_at_once(c);
    case PARSE_DONE:
        http_ask(c->x, in);
        /* Who is refused is not asked for the body first; the answer ends the connection. */
        bool wants_body = c->x->request.framing != FRAMING_NONE && c->x->found.status < 400;
        return wants_body ? begin_body(c) : proceed(c);
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
            return kill(c, true);
    }
    switch (c->dialect) {
    case DIALECT_UNKNOWN:
        return want_more(c);
    case DIALECT_TLS:
        return refuse_tls(c);
    case DIALECT_PLAIN:
        plain_ask(c->x, dialect_plain_name(in));
        return proceed(c);
    case DIALECT_HTTP:
        return read_http(c);
    }
    __builtin_unreachable();
}

static enum step receive(struct conn *c)
{
    /* A request is never larger than what fits: the parser would have refused it before. */
    char *to = buf_reserve(&c->in, 1);
    size_t cap = buf_tail(&c->in), n;
    if (!to)
        return kill(c, true);
    switch (c->stream.ops->read(&c->stream, to, cap, &n)) {
    case IO_OK:
        if (buf_len(&c->in) == 0)
            c->first_byte = c->shard->loop.now;
        buf_grew(&c->in, n);
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
    return kill(c, false);
}

/* Some clients end a request with one line end too many: alone it is no request yet (RFC 9112 2.2). */
static bool is_empty_line(const struct conn *c)
{
    return c->dialect == DIALECT_HTTP && c->state == CONN_IDLE && slice_eq(buf_slice(&c->in), SLICE("\r\n"));
}

static enum step step_receive(struct conn *c)
{
    size_t len = buf_len(&c->in);
    if (is_empty_line(c))
        c->looked_at = (uint32_t)len;
    if (len > c->looked_at)
        return interpret(c, c->ended);
    if (c->ended) /* Between HTTP requests it is the end; a plain client may have asked for the empty name. */
        return c->dialect == DIALECT_HTTP ? kill(c, false) : interpret(c, true);
    if (!c->can_read) {
        if (len == 0)
            buf_free(&c->in); /* Idle connections hold no buffer. */
        return STEP_WAIT;
    }
    return receive(c);
}

/* Each piece goes as it comes; the head stays in front, and what is behind the body comes up to it. */
static enum step step_body(struct conn *c)
{
    struct exchange *x = c->x;
    size_t head_len = x->request.head_len, used;
    switch (body_away_read(&x->away, slice_from(buf_slice(&c->in), head_len), &used)) {
    case PARSE_DONE:
        buf_cut(&c->in, head_len, used);
        x->request.framing = FRAMING_NONE;
        return proceed(c);
    case PARSE_BAD:
        x->found.status = x->request.bad_status = x->away.bad_status;
        return answer_at_once(c);
    case PARSE_MORE:
        buf_cut(&c->in, head_len, used);
        break;
    }
    if (c->ended)
        return kill(c, false);
    return c->can_read ? receive(c) : STEP_WAIT;
}

void conn_decide(struct conn *c)
{
    interpret(c, true);
    conn_step(c);
}

void conn_retry(struct conn *c)
{
    find(c);
    conn_step(c);
}

void conn_time_out(struct conn *c)
{
    c->x->request.bad_status = 408;
    c->x->found.status = 408;
    answer_at_once(c);
    conn_step(c);
}

/* ---- sending ---- */

static void load_on_worker(struct job *j)
{
    struct source *s = container_of(j, struct exchange, job)->source;
    s->ops->load(s);
}

static void loaded_by_worker(struct job *j)
{
    struct conn *c = container_of(j, struct exchange, job)->conn;
    if (!still_wanted(c))
        return;
    conn_set_state(c, CONN_SENDING);
    conn_step(c);
}

static enum step load(struct conn *c)
{
    submit(c, CONN_LOADING, c->x->found.source->distant, load_on_worker, loaded_by_worker);
    return STEP_WAIT;
}

static void spend_turn(struct conn *c, size_t n)
{
    c->turn_left -= n < c->turn_left ? (uint32_t)n : c->turn_left;
}

/* The peer has taken n bytes: a new deadline, and a part of the turn is used up. */
static enum step sent(struct conn *c, size_t n)
{
    c->x->sent += n;
    spend_turn(c, n);
    c->idle_looks = 0;
    reaper_arm(c);
    return STEP_ON;
}

static enum step send_out(struct conn *c, bool more)
{
    struct slice out = buf_slice(&c->x->out);
    size_t n;
    switch (c->stream.ops->write(&c->stream, out.p, out.n, more, &n)) {
    case IO_OK:
        buf_consume(&c->x->out, n);
        return sent(c, n);
    case IO_WANT_WRITE:
    case IO_WANT_READ:
        c->can_write = false;
        return STEP_ON;
    case IO_EOF:
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return kill(c, false);
}

static enum step send_direct(struct conn *c)
{
    struct exchange *x = c->x;
    uint64_t most = x->body_left - COPIED_TAIL;
    size_t n;
    if (most > c->turn_left)
        most = c->turn_left;
    switch (x->source->ops->send(x->source, c->stream.fd, most, &n)) {
    case IO_OK:
        x->body_left -= n;
        return sent(c, n);
    case IO_WANT_WRITE:
        c->can_write = false;
        return STEP_ON;
    case IO_WANT_WORKER:
        return load(c);
    case IO_WANT_READ:
    case IO_EOF:
    case IO_FAIL:
        break;
    }
    return cut_short(c);
}

/* The answer is complete. Either the next request may come, or our side of the connection ends here. */
static enum step finish(struct conn *c)
{
    bool keep = c->x->keep_alive && !c->shard->draining;
    bool unframed = is_unframed(c);
    size_t head_len = c->x->request.head_len;
    exchange_free(c->x);
    c->x = NULL;
    spend_turn(c, TURN_ANSWER);
    c->idle_looks = 0;
    if (!keep) {
        if (unframed)
            sock_end_on_close(c->stream.fd);
        c->stream.ops->shutdown(&c->stream);
        conn_set_state(c, CONN_LINGER);
        return STEP_ON;
    }
    buf_consume(&c->in, head_len);
    c->first_byte = c->shard->loop.now; /* Of a request that is there already: now is its turn. */
    c->looked_at = 0;
    conn_set_state(c, CONN_IDLE);
    return STEP_ON;
}

static enum step step_send(struct conn *c)
{
    struct exchange *x = c->x;
    if (!c->can_write)
        return STEP_WAIT;
    bool direct =
        x->body == BODY_LENGTH && x->body_left > COPIED_TAIL && x->source->can_send && c->stream.ops->raw;
    if (x->body_left > 0 && !direct && buf_len(&x->out) < COPIED_TAIL) {
        switch (exchange_copy(x)) {
        case IO_OK:
        case IO_EOF:
            return STEP_ON;
        case IO_WANT_WORKER:
            if (buf_len(&x->out) == 0)
                return load(c);
            break; /* First what is there already. */
        case IO_WANT_READ:
        case IO_WANT_WRITE:
        case IO_FAIL:
            return cut_short(c);
        }
    }
    if (x->out.failed)
        return kill(c, true);
    if (buf_len(&x->out) > 0)
        return send_out(c, direct);
    if (x->body_left == 0)
        return finish(c);
    return direct ? send_direct(c) : STEP_ON;
}

/* Reads away what the client still sends: closing with unread bytes would send a reset, and a reset can
 * destroy the end of the answer before the client has read it (RFC 9112 9.6). */
static enum step step_linger(struct conn *c)
{
    char away[16 * 1024];
    size_t n;
    if (c->ended)
        return kill(c, false);
    if (!c->can_read)
        return STEP_WAIT;
    switch (c->stream.ops->read(&c->stream, away, sizeof away, &n)) {
    case IO_OK:
        spend_turn(c, n);
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
    return kill(c, false);
}

/* ---- the machine ---- */

static enum step one_step(struct conn *c)
{
    switch (c->state) {
    case CONN_IDLE:
    case CONN_UNDECIDED:
    case CONN_HEAD:
        return step_receive(c);
    case CONN_BODY:
        return step_body(c);
    case CONN_SENDING:
        return step_send(c);
    case CONN_LINGER:
        return step_linger(c);
    case CONN_OPENING:
    case CONN_STARVED:
    case CONN_LOADING:
    case CONN_DOOMED:
    case CONN_DEAD:
    case CONN_STATES:
        return STEP_WAIT;
    }
    __builtin_unreachable();
}

/* Turns until it has to wait, or until its turn is over and the others have theirs. */
static void conn_step(struct conn *c)
{
    c->turn_left = TURN_BYTES;
    while (one_step(c) == STEP_ON) {
        if (c->turn_left == 0) {
            if (list_empty(&c->again.node))
                loop_again(&c->shard->loop, &c->again);
            return;
        }
    }
}

void conn_try(struct conn *c)
{
    c->can_read = true;
    if (list_empty(&c->again.node))
        conn_step(c);
}

static void on_again(struct task *t)
{
    conn_step(container_of(t, struct conn, again));
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct conn *c = container_of(w, struct conn, watch);
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        c->can_read = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        c->hung_up = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        c->can_write = true;
    if (list_empty(&c->again.node)) /* Otherwise its turn comes in this batch anyway. */
        conn_step(c);
}

struct conn *conn_open(struct shard *s, struct stream stream)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        stream.ops->close(&stream);
        return NULL;
    }
    c->watch.on_ready = on_ready;
    timer_init(&c->deadline);
    task_init(&c->again, on_again);
    c->shard = s;
    c->first_byte = s->loop.now; /* Who ends without one has asked for the empty name. */
    c->stream = stream;
    c->in = buf_new(REQUEST_BUFFER);
    list_append(&s->conns, &c->node);
    atomic_fetch_add_explicit(&s->server->clients, 1, memory_order_relaxed);
    reaper_arm(c);
    /* Edge-triggered, once, for all it will ever wait for: no epoll_ctl() on the way from one request to the
     * next. */
    if (loop_watch(&s->loop, stream.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &c->watch) < 0)
        conn_kill(c, true);
    return c;
}
