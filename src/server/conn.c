/* The state machine of a connection, from its first byte to its last. */
#include "server/conn_step.h"

#include "base/clock.h"

#include <stdlib.h>

/* The budget of a turn: one fast client must not starve the rest. A remainder up to a MiB may exceed it
 * (conn_send.c). With 256 KiB, 16 downloads of one file took a fifth more CPU; with 1 MiB they were a
 * quarter slower, because the bytes had left the processor's cache before they were received. */
#define TURN_BYTES (512 * 1024)
/* The budget while short requests are active, which from the second one on wait for one such turn at most.
 * p99 of 1 KiB beside 4 GB/s of downloads was 73 us with 256 KiB and 63 us with this, before LOOP_RUSH;
 * with 64 KiB it was 62 us, and the downloads had only 2.5 GB/s. */
#define SHORT_TURN_BYTES (128 * 1024)
/* A listing's text is made by the loop while it is sent: this much takes a fifth of a millisecond. */
#define LISTING_TURN_BYTES (64 * 1024)
/* How long a short request makes turns short. loop.now is in ms, so it is one to two of them. */
#define ASKED_MS 2

/* ---- what it holds ---- */

static void count_memory(struct conn *c)
{
    size_t held = sizeof *c + c->in.cap + c->stream.ops->held;
    const struct transaction *t = c->t;
    if (t) {
        const struct source *content = t->x.response.content;
        held += sizeof *t + t->out.cap + t->x.text.cap + t->x.names_held + (content ? content->held : 0);
    }
    budget_change(&c->shard->server->memory, &c->held, held);
}

/* The request's head is still at the front of what the connection has read. */
static void log_answer(const struct conn *c)
{
    const struct transaction *t = c->t;
    struct shard *shard = c->shard;
    struct wire_words words = c->wire->words(&t->x, buf_slice(&c->in));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct access a = {
        .client = c->client,
        .dialect = c->wire->name,
        .is_name = words.is_name,
        .status = t->x.response.status,
        .cut = t->framing.left > 0 || buf_len(&t->out) > 0 || t->out.failed || c->reset,
        .took_ms = clock_ms() - c->first_byte,
        .body_sent = t->sent > t->head_len ? t->sent - t->head_len : 0,
        .request = words.request,
        .referer = words.referer,
        .user_agent = words.user_agent,
    };
    a.began_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 - a.took_ms;
    access_log_add(shard->server->log, (unsigned)(shard - shard->server->shards), &a);
}

void conn_end_transaction(struct conn *c)
{
    if (c->t && c->shard->server->log && c->t->x.response.status != 0 && c->wire->words)
        log_answer(c);
    transaction_free(c->t);
    c->t = NULL;
}

/* Closes the socket. The client's place is free for another one. */
static void hang_up(struct conn *c)
{
    if (c->stream.fd < 0)
        return;
    if (c->reset)
        sock_reset_on_close(c->stream.fd);
    else if (c->stream.ops->handshake &&
             !c->end_said) /* a carrier announces its end itself, if there is room */
        c->stream.ops->shutdown(&c->stream);
    c->stream.ops->close(&c->stream);
    atomic_fetch_sub_explicit(&c->shard->clients, 1, memory_order_relaxed);
    if (atomic_fetch_sub(&c->shard->server->clients, 1) == 1)
        timer_arm(&c->shard->loop, &c->shard->rest_pause, &c->shard->rest);
    c->shard->has_room = true;
}

void conn_close(struct conn *c)
{
    hang_up(c);
    budget_change(&c->shard->server->memory, &c->held, 0);
    conn_end_transaction(c);
    buf_free_to(&c->in, &c->shard->inboxes);
}

/* ---- the states ---- */

/* A deadline noticed this late shows that this process did not run: it was stopped, or the machine slept.
 * What the client did meanwhile may still be in flight. */
#define LATE_MS 1000

/* The durations are in reaper.c. */
static const enum deadline deadline_of[CONN_STATES] = {
    [CONN_HANDSHAKE] = DEADLINE_HANDSHAKE, [CONN_IDLE] = DEADLINE_IDLE,
    [CONN_UNDECIDED] = DEADLINE_QUIET,     [CONN_HEAD] = DEADLINE_HEAD,
    [CONN_BODY] = DEADLINE_HEAD,           [CONN_STARVED] = DEADLINE_RETRY,
    [CONN_OPENING] = DEADLINE_WORKER,      [CONN_AWAITING] = DEADLINE_WORKER,
    [CONN_LOADING] = DEADLINE_WORKER,      [CONN_SENDING] = DEADLINE_STALL,
    [CONN_LINGER] = DEADLINE_LINGER,
};

void conn_rearm(struct conn *c)
{
    struct shard *s = c->shard;
    enum deadline d = deadline_of[c->state];
    if (d == DEADLINE_NONE)
        timer_disarm(&c->deadline);
    else
        timer_arm(&s->loop, &s->deadlines[d], &c->deadline);
}

bool conn_was_late(const struct conn *c)
{
    return c->shard->loop.now > c->deadline.due + LATE_MS;
}

bool conn_has_waited(const struct conn *c)
{
    const struct shard *s = c->shard;
    return s->loop.now > c->first_byte + s->deadlines[DEADLINE_HEAD].ms && !conn_was_late(c);
}

void conn_set_state(struct conn *c, enum conn_state to)
{
#define TO(state) (1u << (state))
    /* A complete or invalid request may be opened, retried, or answered at once. */
    enum { found = TO(CONN_OPENING) | TO(CONN_STARVED) | TO(CONN_SENDING) };
    static const unsigned legal[CONN_STATES] = {
        [CONN_IDLE] =
            TO(CONN_UNDECIDED) | TO(CONN_HANDSHAKE) | TO(CONN_HEAD) | TO(CONN_BODY) | TO(CONN_DEAD) | found,
        [CONN_UNDECIDED] =
            TO(CONN_UNDECIDED) | TO(CONN_HANDSHAKE) | TO(CONN_HEAD) | TO(CONN_BODY) | TO(CONN_DEAD) | found,
        [CONN_HANDSHAKE] = TO(CONN_IDLE) | TO(CONN_DEAD),
        [CONN_HEAD] = TO(CONN_BODY) | TO(CONN_DEAD) | found,
        [CONN_BODY] = TO(CONN_DEAD) | found,
        [CONN_OPENING] = TO(CONN_OPENING) | TO(CONN_BODY) | TO(CONN_STARVED) | TO(CONN_SENDING) |
                         TO(CONN_DOOMED) | TO(CONN_DEAD),
        [CONN_STARVED] = TO(CONN_DEAD) | found,
        [CONN_SENDING] = TO(CONN_SENDING) | TO(CONN_IDLE) | TO(CONN_AWAITING) | TO(CONN_LOADING) |
                         TO(CONN_LINGER) | TO(CONN_DEAD),
        [CONN_AWAITING] = TO(CONN_SENDING) | TO(CONN_DEAD),
        [CONN_LOADING] = TO(CONN_SENDING) | TO(CONN_DOOMED) | TO(CONN_DEAD),
        [CONN_LINGER] = TO(CONN_DEAD),
        [CONN_DOOMED] = TO(CONN_DEAD),
    };
    if (!(legal[c->state] & TO(to)))
        abort();
#undef TO
    c->state = to;
    conn_rearm(c);
    if (to == CONN_DOOMED) /* the worker that uses it never touches the socket */
        hang_up(c);
    if (to == CONN_DEAD) {
        list_remove(&c->node);
        list_append(&c->shard->dead, &c->node);
    }
}

void conn_kill(struct conn *c, bool cut)
{
    bool is_told = c->end_said || c->state == CONN_HANDSHAKE; /* or nothing was promised yet */
    c->reset |= cut || (conn_ends_by_close(c) && !is_told);
    bool at_worker = c->state == CONN_OPENING || c->state == CONN_LOADING;
    if (c->state == CONN_AWAITING)
        loop_unwatch(&c->shard->loop, c->t->x.response.content->awaited);
    if (at_worker && !workers_cancel(c->shard->server->workers, &c->t->job))
        conn_set_state(c, CONN_DOOMED);
    else if (c->state != CONN_DOOMED && c->state != CONN_DEAD)
        conn_set_state(c, CONN_DEAD);
}

enum step conn_end(struct conn *c, bool cut)
{
    conn_kill(c, cut);
    return STEP_WAIT;
}

bool conn_ends_by_close(const struct conn *c)
{
    return !c->wire || c->wire->ends_by_close;
}

bool conn_has_short_turns(const struct conn *c)
{
    return c->shard->loop.now - c->shard->short_at < ASKED_MS && !loop_owes(&c->shard->loop);
}

/* A carrier's read may have taken bytes out of the socket that its write waits for, or the reverse. No edge
 * reports that, so the other call is tried, too. */
enum io conn_read(struct conn *c, void *to, size_t cap, size_t *ret_n)
{
    enum io r = c->stream.ops->read(&c->stream, to, cap, ret_n);
    /* Fewer bytes than there was room for: the socket is empty, and another call would only say so. Except
     * if the end was announced, which comes without a further edge, or if a carrier holds more. */
    if (r == IO_OK)
        c->can_read = *ret_n == cap || c->hung_up || !c->stream.raw;
    else if (r == IO_WANT_READ || r == IO_WANT_WRITE)
        c->can_read = false;
    if (c->read_by_write || c->write_by_read || r == IO_WANT_WRITE) {
        c->can_write |= c->write_by_read;
        c->read_by_write = r == IO_WANT_WRITE;
    }
    return r;
}

/* If nothing has changed, the two calls would ask for each other again and again. */
static enum io has_written(struct conn *c, enum io r)
{
    if (r == IO_WANT_READ || r == IO_WANT_WRITE)
        c->can_write = false;
    if (c->read_by_write || c->write_by_read || r == IO_WANT_READ) {
        bool is_stuck = r == IO_WANT_READ && c->write_by_read;
        c->can_read |= c->read_by_write && !is_stuck;
        c->write_by_read = r == IO_WANT_READ;
    }
    return r;
}

enum io conn_write(struct conn *c, struct slice from, bool more, size_t *ret_n)
{
    return has_written(c, c->stream.ops->write(&c->stream, from.p, from.n, more, ret_n));
}

enum step conn_end_writing(struct conn *c)
{
    enum io r = has_written(c, c->stream.ops->shutdown(&c->stream));
    if (r == IO_FAIL)
        return conn_end(c, true);
    c->end_said = r == IO_OK;
    return STEP_ON;
}

void conn_spend_turn(struct conn *c, size_t n)
{
    c->turn_left -= n < c->turn_left ? (uint32_t)n : c->turn_left;
}

/* For IPv6 the client is its network, in which it may have any number of addresses. */
static uint32_t client_number(const struct in6_addr *a)
{
    const uint32_t *word = a->s6_addr32;
    uint32_t mixed = IN6_IS_ADDR_V4MAPPED(a) ? word[3] : word[0] ^ word[1] * 0x9e3779b1;
    return (mixed * 0x9e3779b1) >> 16; /* neighbours differ in few bits */
}

void conn_submit(struct conn *c, enum conn_state state, enum lane lane, void (*run)(struct job *j),
                 void (*done)(struct job *j))
{
    conn_set_state(c, state);
    c->t->job.run = run;
    c->t->job.done = done;
    c->t->job.lane = lane;
    c->t->job.client = client_number(&c->client);
    workers_submit(c->shard->server->workers, &c->t->job);
}

bool conn_still_wanted(struct conn *c)
{
    if (c->state == CONN_DOOMED)
        conn_set_state(c, CONN_DEAD);
    return c->state != CONN_DEAD;
}

static enum step one_step(struct conn *c)
{
    switch (c->state) {
    case CONN_IDLE:
    case CONN_UNDECIDED:
    case CONN_HEAD:
        return conn_receive_step(c);
    case CONN_HANDSHAKE:
        return conn_handshake_step(c);
    case CONN_BODY:
        return conn_body_step(c);
    case CONN_SENDING:
        return conn_send_step(c);
    case CONN_LINGER:
        return conn_linger_step(c);
    case CONN_OPENING:
    case CONN_STARVED:
    case CONN_AWAITING:
    case CONN_LOADING:
        /* Sending would notice it, but there may be nothing to send for long. The peer's end is no sign: it
         * may end its side after the request, and wait for the answer. */
        return c->gone ? conn_end(c, true) : STEP_WAIT;
    case CONN_DOOMED:
    case CONN_DEAD:
    case CONN_STATES:
        return STEP_WAIT;
    }
    __builtin_unreachable();
}

/* Edge-triggered, once, for everything it will ever wait for: no epoll_ctl() between requests. Only when it
 * has to wait, which a client that announces its last request never does. Together with the close at once
 * (was_last() in conn_send.c), that took a connection from 33 to 24 us of CPU. */
static void watch(struct conn *c)
{
    c->watched = true;
    if (loop_watch(&c->shard->loop, c->stream.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &c->watch) < 0)
        conn_kill(c, true);
}

void conn_step(struct conn *c)
{
    const struct source *content = c->state == CONN_SENDING ? c->t->x.response.content : NULL;
    bool lists = content && content->walk;
    c->turn_left = lists ? LISTING_TURN_BYTES : conn_has_short_turns(c) ? SHORT_TURN_BYTES : TURN_BYTES;
    while (one_step(c) == STEP_ON) {
        if (c->turn_left == 0) {
            if (list_empty(&c->turn.node))
                loop_again(&c->shard->loop, &c->turn);
            return;
        }
    }
    if (!c->watched && c->state != CONN_DEAD && list_empty(&c->turn.node))
        watch(c);
    if (c->state != CONN_DEAD)
        count_memory(c);
}

static void on_turn(struct task *t)
{
    conn_step(container_of(t, struct conn, turn));
}

void conn_try(struct conn *c)
{
    c->can_read = true;
    list_remove(&c->turn.node);
    c->turn.run = on_turn;
    conn_step(c);
}

/* The request often arrives with the connection. It is received before any client of this batch is
 * answered, as in on_ready(). */
static void on_first_turn(struct task *t)
{
    struct conn *c = container_of(t, struct conn, turn);
    t->run = on_turn;
    conn_receive(c);
    loop_turn(&c->shard->loop, t);
}

static bool wants_bytes(const struct conn *c)
{
    return c->state == CONN_IDLE || c->state == CONN_UNDECIDED || c->state == CONN_HEAD;
}

/* What the other direction waited for has happened. */
static void cross(struct conn *c, uint32_t events)
{
    bool broken = events & (EPOLLHUP | EPOLLERR);
    c->can_write |= c->write_by_read && (broken || events & (EPOLLIN | EPOLLRDHUP));
    c->can_read |= c->read_by_write && (broken || events & EPOLLOUT);
}

/* Only receives. The request is answered after the bytes of all clients of this batch are in, so that
 * requests for the same file can share one look at it (share.h). */
static void on_ready(struct watch *w, uint32_t events)
{
    struct conn *c = container_of(w, struct conn, watch);
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        c->can_read = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        c->hung_up = true;
    if (events & (EPOLLHUP | EPOLLERR))
        c->gone = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        c->can_write = true;
    if (c->read_by_write || c->write_by_read)
        cross(c, events);
    if (!list_empty(&c->turn.node)) /* its turn comes anyway */
        return;
    if (wants_bytes(c) && c->can_read)
        conn_receive(c);
    if (c->state == CONN_SENDING && c->t->direct) /* it takes a whole turn */
        loop_again(&c->shard->loop, &c->turn);
    else
        loop_turn(&c->shard->loop, &c->turn);
}

struct conn *conn_new(struct shard *s, struct stream stream)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        sock_reset_on_close(stream.fd);
        stream.ops->close(&stream);
        return NULL;
    }
    c->watch.on_ready = on_ready;
    list_init(&c->node);
    timer_init(&c->deadline);
    task_init(&c->turn, NULL);
    c->shard = s;
    c->moved_at = s->loop.now;
    c->first_byte = s->loop.now; /* if it ends without a byte, it has asked for the empty name */
    c->stream = stream;
    c->in = buf_new(REQUEST_BUFFER);
    atomic_fetch_add_explicit(&s->clients, 1, memory_order_relaxed);
    atomic_fetch_add(&s->server->clients, 1); /* before it asks for anything, as root_rest() requires */
    return c;
}

void conn_enter(struct conn *c)
{
    struct shard *s = c->shard;
    list_append(&s->conns, &c->node);
    conn_rearm(c);
    c->can_read = c->can_write = true;
    c->turn.run = on_first_turn;
    loop_turn(&s->loop, &c->turn);
}

bool conn_is_at_rest(const struct conn *c)
{
    return c->state == CONN_IDLE && list_empty(&c->turn.node) && buf_len(&c->in) == 0;
}

void conn_leave(struct conn *c)
{
    if (c->watched)
        loop_unwatch(&c->shard->loop, c->stream.fd);
    c->watched = false;
    timer_disarm(&c->deadline);
    list_remove(&c->node);
    buf_free_to(&c->in, &c->shard->inboxes);
}
