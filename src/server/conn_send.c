/* From a response to the client. */
#include "server/conn_step.h"

#include "base/log.h"
#include "base/text.h"

#include <limits.h>

/* A small answer also uses a part of a turn, so that a client that sends a thousand requests at once takes
 * turns, too. */
#define TURN_ANSWER (4 * 1024)

/* Bodies up to this size are copied, and leave in one call together with their head. The source itself sends
 * longer ones. */
#define COPIED_MAX (16 * 1024)

/* Bytes sent between two looks at a source: each look is a system call, and a MiB took seven. */
#define LOOK_BYTES (1024 * 1024)

/* A remainder up to this size ignores the budget unless short requests are active: a MiB on each of 64
 * connections took 77 % of the CPU then. Longer bodies are better sent in turns: 16 of 4 GiB were a third
 * faster in pieces of 256 KiB than of 1 MiB, because the receiver finds the pieces in its cache. */
#define WHOLE_BYTES (1024 * 1024)

/* Answers up to this size are short. A longer body waits for its own batch (loop_again); otherwise 32 of
 * them could precede a short one. So does a remainder that comes from the disk. */
#define SHORT_BYTES (64 * 1024)

/* Bytes that may still be in flight when a connection is closed at once. */
#define ORPHAN_BYTES (64 * 1024)

#define PAGE_BYTES 4096

/* For a long body that is copied, the kernel keeps no more than this beyond the bytes in flight: otherwise
 * it would keep MiBs for a client that does not read. */
#define UNSENT_BYTES (64 * 1024)

/* For a body that the source sends itself, it keeps no more than the first limit until the client has
 * received the second: a thousand clients that never read had 1.6 GB of the kernel's memory, which made all
 * others slow. For a whole download that limit would cost a fifth of its CPU. */
#define UNTAKEN_BYTES (128 * 1024)
#define PROOF_BYTES (4 * 1024 * 1024)

/* Only the end of the connection ends the body. */
static bool is_unframed(const struct conn *c)
{
    return c->wire->ends_by_close || c->t->framing.body == BODY_TO_END;
}

/* The rest of the body is not available: the peer sees a reset, and a message has the reason. If no byte of
 * the answer was sent yet, it becomes an error. */
static enum step cut_short(struct conn *c)
{
    struct exchange *x = &c->t->x;
    const struct source *content = x->response.content;
    bool is_unsaid = c->t->sent == 0 && content == x->found.source && !conn_ends_by_close(c);
    if (content->broken)
        log_line("/%s: %s; the client%s", escape(wanted_name(&x->wanted)).text, content->broken,
                 is_unsaid ? " was told so" : "'s connection was cut");
    if (!is_unsaid)
        return conn_end(c, true);
    if (is_unframed(c)) /* the error has a length */
        sock_end_on_close(c->stream.fd);
    buf_clear(&c->t->out);
    x->in = buf_slice(&c->in);
    return conn_go_on(c, exchange_broke(x));
}

static void load_on_worker(struct job *j)
{
    struct source *s = container_of(j, struct transaction, job)->x.response.content;
    s->ops->load(s);
}

static void loaded_by_worker(struct job *j)
{
    struct conn *c = container_of(j, struct transaction, job)->conn;
    if (!conn_still_wanted(c))
        return;
    conn_set_state(c, CONN_SENDING);
    if (c->t->direct && c->t->framing.left > SHORT_BYTES) /* even if many disk reads have finished */
        loop_again(&c->shard->loop, &c->turn);
    else
        conn_step(c);
}

static enum step load(struct conn *c)
{
    const struct source *s = c->t->x.found.source;
    enum lane lane = s->distant ? LANE_FAR : s->walk ? LANE_WALK : LANE_NEAR;
    c->t->job.part = s->walk;
    conn_submit(c, CONN_LOADING, lane, load_on_worker, loaded_by_worker);
    return STEP_WAIT;
}

static void on_awaited(struct watch *w, uint32_t events)
{
    struct transaction *t = container_of(w, struct transaction, awaited);
    struct conn *c = t->conn;
    (void)events; /* the next read() or send() finds out what happened */
    if (c->state != CONN_AWAITING)
        return;
    loop_unwatch(&c->shard->loop, t->x.response.content->awaited);
    conn_set_state(c, CONN_SENDING);
    if (list_empty(&c->turn.node))
        loop_turn(&c->shard->loop, &c->turn);
}

/* Waits until the content's descriptor is readable. This occupies no worker. */
static enum step await(struct conn *c)
{
    struct transaction *t = c->t;
    t->awaited.on_ready = on_awaited;
    if (loop_watch(&c->shard->loop, t->x.response.content->awaited, EPOLLIN, &t->awaited) < 0)
        return cut_short(c);
    conn_set_state(c, CONN_AWAITING);
    return STEP_WAIT;
}

void conn_limit(struct conn *c)
{
    c->trust = TRUST_LIMITED;
    c->proof = 0;
    sock_bound_unsent(c->stream.fd, UNTAKEN_BYTES);
}

/* n bytes went to the kernel, which takes so many only if the client receives them. */
static void trust(struct conn *c, size_t n)
{
    if (c->trust != TRUST_LIMITED)
        return;
    c->proof += (uint32_t)n;
    if (c->proof < PROOF_BYTES)
        return;
    c->trust = TRUST_EARNED;
    sock_bound_unsent(c->stream.fd, 0);
}

/* The peer has received n bytes, so it gets a new deadline for the rest. */
static enum step sent(struct conn *c, size_t n)
{
    struct transaction *t = c->t;
    t->sent += n;
    c->moved_at = c->shard->loop.now;
    c->left_over = INT_MAX;
    c->idle_looks = 0;
    if (t->framing.left > 0 || buf_len(&t->out) > 0)
        conn_rearm(c);
    return STEP_ON;
}

/* Whether the head waits for the body that the source sends, and shares a packet with it. That saves a
 * packet and its acknowledgement, over loopback 10 % of the CPU at 64 KiB. Not for a body of several whole
 * turns: of 16 connections some then got half of what the others did, and once they no longer read the same
 * place of a file, each took it out of memory for itself: 10.7 instead of 13.0 GB/s. */
static bool head_waits(const struct transaction *t)
{
    return t->framing.left <= WHOLE_BYTES;
}

static enum step send_out(struct conn *c, bool direct)
{
    struct slice out = buf_slice(&c->t->out);
    size_t n;
    switch (conn_write(c, out, direct && head_waits(c->t), &n)) {
    case IO_OK:
        buf_consume(&c->t->out, n);
        if (!direct && c->t->sent < UNSENT_BYTES && c->t->sent + n >= UNSENT_BYTES)
            sock_bound_unsent(c->stream.fd, UNSENT_BYTES);
        if (!direct) /* otherwise these bytes are a head, and a turn is a round number of pages of the body */
            conn_spend_turn(c, n);
        return sent(c, n);
    case IO_WANT_WRITE:
    case IO_WANT_READ:
        return STEP_ON;
    case IO_EOF:
    case IO_WANT_WORKER:
    case IO_FAIL:
        break;
    }
    return conn_end(c, true);
}

/* The whole remainder, or as much as the budget allows, up to a page boundary, so that the next piece
 * begins with a whole page. Never more than the remainder, because the source knows only the file's end. */
static size_t piece(const struct conn *c)
{
    uint64_t position = c->t->x.response.content->position, left = c->t->framing.left;
    uint64_t whole = conn_has_short_turns(c) ? SHORT_BYTES : WHOLE_BYTES;
    uint64_t to = position + c->turn_left + PAGE_BYTES - 1;
    uint64_t turn = to - to % PAGE_BYTES - position;
    return left <= whole || left < turn ? left : turn;
}

static bool still_holds(struct conn *c, uint64_t since)
{
    struct source *s = c->t->x.response.content;
    return s->ops->holds(s, since, c->shard->cache.shares.arrivals);
}

/* The source is checked once a MiB, which limits how long a client receives a broken file, and after the
 * last piece: the client may have a mixture of two versions by then, and a reset is all that can still be
 * said. (Queued bytes can change even after that: --copy.) */
static enum step send_direct(struct conn *c)
{
    struct transaction *t = c->t;
    struct source *content = t->x.response.content;
    size_t n, most = piece(c);
    if (t->unlooked >= LOOK_BYTES) {
        if (!still_holds(c, ++c->shard->cache.shares.arrivals))
            return cut_short(c);
        t->unlooked = 0;
    }
    switch (content->ops->send(content, c->stream.fd, most, &n)) {
    case IO_OK:
        t->framing.left -= n;
        t->unlooked += (uint32_t)n;
        sent(c, n);
        trust(c, n);
        if (t->framing.left > 0)
            conn_spend_turn(c, n);
        return STEP_ON;
    case IO_WANT_WRITE:
        c->can_write = false;
        return STEP_ON;
    case IO_WANT_WORKER:
        return load(c);
    case IO_WANT_READ:
        return await(c);
    case IO_EOF:
    case IO_FAIL:
        break;
    }
    return cut_short(c);
}

/* The client has announced that this was its last request, so it must not send another byte (RFC 9112 9.6),
 * and all its bytes are read. Closing now cannot become a reset, which could destroy the end of the answer.
 * Not after a long answer, or several: bytes that a client does not receive would stay in the kernel
 * without any limit of ours. */
static bool was_last(const struct conn *c)
{
    return c->t->framing.was_last && c->stream.raw && !is_unframed(c) && !c->can_read &&
           buf_len(&c->in) == c->t->x.request.head_len && !c->answered && c->t->sent <= ORPHAN_BYTES;
}

/* The answer is complete: either the next request follows, or our side ends here. */
static enum step finish(struct conn *c)
{
    struct transaction *t = c->t;
    bool keep = t->framing.keep_alive && !c->shard->draining;
    bool unframed = is_unframed(c), last = was_last(c), had_look = t->sent_seq != 0;
    size_t head_len = t->x.request.head_len;
    if (t->sent <= SHORT_BYTES + t->head_len)
        c->shard->short_at = c->shard->loop.now;
    conn_end_transaction(c);
    conn_spend_turn(c, TURN_ANSWER);
    c->idle_looks = 0;
    if (last)
        return conn_end(c, false);
    if (!keep) {
        if (unframed)
            sock_end_on_close(c->stream.fd);
        conn_set_state(c, CONN_LINGER);
        return conn_end_writing(c);
    }
    buf_consume(&c->in, head_len);
    c->answered = true;
    if (c->answers < BUSY_ANSWERS)
        c->answers++;
    if (had_look && buf_len(&c->in) > 0) /* the last look had its own turn */
        c->turn_left = 0;
    c->first_byte = c->shard->loop.now; /* for a request that has arrived already */
    c->looked_off = 0;
    conn_set_state(c, CONN_IDLE);
    return STEP_ON;
}

/* Everything is sent. The source is checked once more, in a turn after those of all answers sent in this
 * batch, so that one look serves all of them. */
static enum step last_look(struct conn *c)
{
    struct transaction *t = c->t;
    if (t->unlooked == 0)
        return finish(c);
    if (t->sent_seq != 0)
        return still_holds(c, t->sent_seq) ? finish(c) : cut_short(c);
    t->sent_seq = ++c->shard->cache.shares.arrivals;
    if (list_empty(&c->turn.node))
        loop_turn(&c->shard->loop, &c->turn);
    return STEP_WAIT;
}

enum step conn_send_begin(struct conn *c)
{
    struct transaction *t = c->t;
    struct framing *f = &t->framing;
    *f = (struct framing){.body = BODY_NONE};
    c->wire->frame(&t->x, f, &t->out);
    /* If this process dies on the way, the kernel closes its sockets, and an orderly end would make a part
     * of the body look complete. */
    if (is_unframed(c))
        sock_reset_on_close(c->stream.fd);
    t->head_len = c->wire->ends_by_close ? 0 : (uint32_t)buf_len(&t->out);
    t->direct = f->body == BODY_LENGTH && f->left > COPIED_MAX && c->stream.raw;
    t->unlooked = 0;
    if (t->direct && f->left > SHORT_BYTES)
        c->turn_left = 0;
    if (t->direct && t->x.response.content->can_send && f->left > UNTAKEN_BYTES && c->trust == TRUST_NEW)
        conn_limit(c);
    conn_set_state(c, CONN_SENDING);
    return STEP_ON;
}

enum step conn_send_step(struct conn *c)
{
    struct transaction *t = c->t;
    uint64_t left = t->framing.left;
    if (!c->can_write)
        return STEP_WAIT;
    bool direct = t->direct && left > 0 && t->x.response.content->can_send;
    if (left > 0 && !direct && buf_len(&t->out) < COPIED_MAX) {
        switch (framing_copy(&t->framing, t->x.response.content, &t->out)) {
        case IO_OK:
        case IO_EOF:
            return STEP_ON;
        case IO_WANT_WORKER:
            /* The head waits with it: if that fails, another one is sent. */
            if (buf_len(&t->out) == 0 || (t->sent == 0 && !t->x.response.content->is_prompt))
                return load(c);
            break; /* first what is already there */
        case IO_WANT_READ:
            if (buf_len(&t->out) == (t->sent == 0 ? t->head_len : 0)) /* all of its bytes are sent */
                return await(c);
            break;
        case IO_WANT_WRITE:
        case IO_FAIL:
            return cut_short(c);
        }
    }
    if (t->out.failed)
        return conn_end(c, true);
    if (buf_len(&t->out) > 0)
        return send_out(c, direct);
    if (left == 0)
        return last_look(c);
    return direct ? send_direct(c) : STEP_ON;
}
