/* A second carrier, for tests. */
#include "veil.h"

#define HELLO SLICE("\x16\x03\x01veil")
#define ANSWER SLICE("VEIL")
#define CONFIRM SLICE("ok")
#define DONE SLICE("go")
#define REFUSED SLICE("no")

/* A record: its kind, its length, and as many hidden bytes. */
enum kind {
    KIND_DATA = 'd',
    KIND_END = 'e',  /* no more data */
    KIND_ASK = 'k',  /* say a word */
    KIND_WORD = 'w', /* it is said */
};
#define RECORD_HEAD 3
#define RECORD_MAX 1000
#define HELD_MAX (8 << 20)

static void hide(char *bytes, size_t n, uint64_t at)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] ^= (char)((at + i) * 131 + ((at + i) >> 8) + 7);
}

static void add_record(struct buf *b, enum kind kind, struct slice bytes, uint64_t at)
{
    buf_add(b, (struct slice){(char[]){(char)kind, (char)(bytes.n >> 8), (char)bytes.n}, RECORD_HEAD});
    buf_add(b, bytes);
    MUST(!b->failed);
    hide(b->base + b->end - bytes.n, bytes.n, at);
}

/* A whole record off the front. */
static bool cut_record(struct buf *b, enum kind *ret_kind, struct slice *ret)
{
    struct slice all = buf_slice(b);
    if (all.n < RECORD_HEAD)
        return false;
    size_t n = (size_t)(unsigned char)all.p[1] << 8 | (unsigned char)all.p[2];
    MUST(n <= RECORD_MAX);
    if (all.n < RECORD_HEAD + n)
        return false;
    *ret_kind = (enum kind)all.p[0];
    *ret = (struct slice){all.p + RECORD_HEAD, n};
    return true;
}

static void add_revealed(struct buf *to, struct slice hidden, uint64_t *at)
{
    buf_add(to, hidden);
    MUST(!to->failed);
    hide(to->base + to->end - hidden.n, hidden.n, *at);
    *at += hidden.n;
}

/* ---- the server's side ---- */

struct veiled {
    struct stream below;
    struct dice dice;
    bool by_chance;
    enum { VEIL_HELLO, VEIL_CONFIRM, VEIL_DONE, VEIL_OPEN, VEIL_FAILED } stage;
    struct buf in;         /* was read, is not revealed yet */
    struct buf plain;      /* is not taken yet */
    struct buf out;        /* has not gone yet */
    struct buf promised;   /* of a write, that is in `out` */
    uint64_t taken, given; /* bytes of content, one way and the other */
    bool owes;             /* `out` has a word that the peer waits for */
    bool waits;            /* for the peer's word, before it writes on */
    bool peer_ended, is_ending, end_added;
};

static size_t some(struct veiled *v, size_t n)
{
    return v->by_chance && n > 1 ? 1 + dice_roll(&v->dice, n) : n;
}

static bool chance(struct veiled *v, size_t of)
{
    return v->by_chance && dice_roll(&v->dice, of) == 0;
}

/* All of it, or what it waits for. */
static enum io flush(struct veiled *v)
{
    while (buf_len(&v->out) > 0) {
        size_t n;
        enum io r =
            v->below.ops->write(&v->below, buf_slice(&v->out).p, some(v, buf_len(&v->out)), false, &n);
        if (r != IO_OK)
            return r;
        buf_consume(&v->out, n);
    }
    v->owes = false;
    return IO_OK;
}

/* A stream that ends without an end of the veil's was cut. */
static enum io fill(struct veiled *v)
{
    size_t n;
    char *to = buf_reserve(&v->in, 4096);
    MUST(to);
    enum io r = v->below.ops->read(&v->below, to, some(v, 4096), &n);
    if (r == IO_OK)
        buf_grew(&v->in, n);
    return r == IO_EOF && !v->peer_ended ? IO_FAIL : r;
}

static void reveal(struct veiled *v)
{
    enum kind kind;
    struct slice hidden;
    while (cut_record(&v->in, &kind, &hidden)) {
        switch (kind) {
        case KIND_DATA:
            MUST(!v->peer_ended);
            add_revealed(&v->plain, hidden, &v->taken);
            break;
        case KIND_END:
            v->peer_ended = true;
            break;
        case KIND_ASK: /* Whoever has heard the end needs no more words. */
            if (v->end_added)
                break;
            add_record(&v->out, KIND_WORD, SLICE(""), 0);
            v->owes = true;
            break;
        case KIND_WORD:
            MUST(v->waits);
            v->waits = false;
            break;
        }
        buf_consume(&v->in, RECORD_HEAD + hidden.n);
    }
}

static enum io expect(struct veiled *v, struct slice word)
{
    while (buf_len(&v->in) < word.n) {
        enum io r = fill(v);
        if (r != IO_OK)
            return r;
    }
    if (!slice_starts(buf_slice(&v->in), word)) {
        buf_add(&v->out, REFUSED);
        flush(v);
        v->stage = VEIL_FAILED;
        return IO_FAIL;
    }
    buf_consume(&v->in, word.n);
    return IO_OK;
}

static enum io veil_handshake(struct stream *s)
{
    struct veiled *v = s->state;
    for (;;) {
        enum io r = flush(v);
        if (r == IO_OK && v->stage == VEIL_HELLO)
            r = expect(v, HELLO);
        else if (r == IO_OK && v->stage == VEIL_CONFIRM)
            r = expect(v, CONFIRM);
        if (r != IO_OK)
            return r;
        switch (v->stage) {
        case VEIL_HELLO:
            buf_add(&v->out, ANSWER);
            v->stage = VEIL_CONFIRM;
            break;
        case VEIL_CONFIRM:
            buf_add(&v->out, DONE);
            v->stage = VEIL_DONE;
            break;
        case VEIL_DONE:
            v->stage = VEIL_OPEN;
            return IO_OK;
        case VEIL_OPEN:
        case VEIL_FAILED:
            MUST(!"after its end");
        }
    }
}

static enum io veil_read(struct stream *s, void *to, size_t cap, size_t *ret_n)
{
    struct veiled *v = s->state;
    MUST(v->stage == VEIL_OPEN && cap > 0);
    for (;;) {
        enum io r;
        reveal(v);
        if (v->owes && (r = flush(v)) != IO_OK)
            return r;
        size_t n = buf_len(&v->plain);
        if (n > 0) {
            *ret_n = some(v, n < cap ? n : cap);
            memcpy(to, buf_slice(&v->plain).p, *ret_n);
            buf_consume(&v->plain, *ret_n);
            return IO_OK;
        }
        r = fill(v);
        if (r != IO_OK)
            return v->peer_ended ? IO_EOF : r;
    }
}

static enum io wait_for_word(struct veiled *v)
{
    while (v->waits) {
        enum io r = fill(v);
        if (r != IO_OK)
            return r == IO_EOF ? IO_FAIL : r;
        reveal(v);
    }
    return IO_OK;
}

static void ask(struct veiled *v)
{
    add_record(&v->out, KIND_ASK, SLICE(""), 0);
    v->waits = true;
}

static enum io veil_write(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n)
{
    struct veiled *v = s->state;
    enum io r;
    (void)more;
    MUST(v->stage == VEIL_OPEN && n > 0 && !v->is_ending);
    if (buf_len(&v->promised) == 0 && !v->waits && chance(v, 4))
        ask(v);
    if (v->waits && ((r = flush(v)) != IO_OK || (r = wait_for_word(v)) != IO_OK))
        return r;
    if (buf_len(&v->promised) == 0) {
        struct slice piece = {from, some(v, n < RECORD_MAX ? n : RECORD_MAX)};
        buf_add(&v->promised, piece);
        add_record(&v->out, KIND_DATA, piece, v->given);
        v->given += piece.n;
    }
    MUST(slice_starts((struct slice){from, n}, buf_slice(&v->promised)));
    r = flush(v);
    if (r != IO_OK)
        return r;
    *ret_n = buf_len(&v->promised);
    buf_clear(&v->promised);
    return IO_OK;
}

static enum io veil_shutdown(struct stream *s)
{
    struct veiled *v = s->state;
    enum io r;
    if (v->stage != VEIL_OPEN)
        return IO_OK;
    if (!v->is_ending && !v->waits && chance(v, 2))
        ask(v);
    v->is_ending = true;
    if (v->waits && ((r = flush(v)) != IO_OK || (r = wait_for_word(v)) != IO_OK))
        return r;
    if (!v->end_added)
        add_record(&v->out, KIND_END, SLICE(""), 0);
    v->end_added = true;
    r = flush(v);
    return r == IO_OK ? v->below.ops->shutdown(&v->below) : r;
}

static void veil_close(struct stream *s)
{
    struct veiled *v = s->state;
    v->below.ops->close(&v->below);
    buf_free(&v->in);
    buf_free(&v->plain);
    buf_free(&v->out);
    buf_free(&v->promised);
    free(v);
    s->fd = -1;
}

static const struct stream_ops ops = {
    .handshake = veil_handshake,
    .read = veil_read,
    .write = veil_write,
    .shutdown = veil_shutdown,
    .close = veil_close,
    .held = sizeof(struct veiled),
};

bool veil_open(const struct carrier *k, struct stream *s, struct slice early)
{
    const struct veil *veil = (const struct veil *)k;
    struct veiled *v = calloc(1, sizeof *v);
    MUST(v);
    v->below = *s;
    v->dice.state = veil->seed;
    v->by_chance = veil->seed != 0;
    v->in = v->plain = v->out = v->promised = buf_new(HELD_MAX);
    buf_add(&v->in, early);
    *s = (struct stream){.ops = &ops, .fd = s->fd, .state = v};
    return true;
}

size_t veil_held(void)
{
    return ops.held;
}

/* ---- the client's side ---- */

void veil_peer_begin(struct veil_peer *p, uint64_t seed)
{
    *p = (struct veil_peer){.dice.state = seed, .asks = seed != 0};
    p->coded = p->unsaid = p->out = p->got = buf_new(HELD_MAX);
    buf_add(&p->out, HELLO);
}

void veil_peer_free(struct veil_peer *p)
{
    buf_free(&p->coded);
    buf_free(&p->unsaid);
    buf_free(&p->out);
    buf_free(&p->got);
}

static void say_all(struct veil_peer *p)
{
    while (buf_len(&p->unsaid) > 0) {
        struct slice piece = buf_slice(&p->unsaid);
        piece.n = piece.n < RECORD_MAX ? piece.n : RECORD_MAX;
        if (p->asks && dice_roll(&p->dice, 4) == 0)
            add_record(&p->out, KIND_ASK, SLICE(""), 0);
        if (p->asks)
            piece.n = 1 + dice_roll(&p->dice, piece.n);
        add_record(&p->out, KIND_DATA, piece, p->said);
        p->said += piece.n;
        buf_consume(&p->unsaid, piece.n);
    }
}

void veil_peer_say(struct veil_peer *p, struct slice bytes)
{
    MUST(!p->ends);
    buf_add(&p->unsaid, bytes);
    if (p->stage != PEER_HELLO)
        say_all(p);
}

void veil_peer_end(struct veil_peer *p)
{
    MUST(p->stage == PEER_OPEN && !p->ends);
    p->ends = true;
    add_record(&p->out, KIND_END, SLICE(""), 0);
}

/* As TLS 1.3 has it, content follows the client's last word at once. */
static bool go_on(struct veil_peer *p)
{
    struct slice word = p->stage == PEER_HELLO ? ANSWER : DONE;
    if (buf_len(&p->coded) < word.n)
        return false;
    if (!slice_starts(buf_slice(&p->coded), word)) {
        p->stage = PEER_REFUSED;
        return false;
    }
    buf_consume(&p->coded, word.n);
    if (p->stage == PEER_HELLO) {
        buf_add(&p->out, CONFIRM);
        say_all(p);
    }
    p->stage++;
    return true;
}

void veil_peer_hear(struct veil_peer *p, struct slice coded)
{
    enum kind kind;
    struct slice hidden;
    buf_add(&p->coded, coded);
    MUST(!p->coded.failed);
    while (p->stage != PEER_OPEN)
        if (p->stage == PEER_REFUSED || !go_on(p))
            return;
    while (cut_record(&p->coded, &kind, &hidden)) {
        MUST(!p->ended);
        switch (kind) {
        case KIND_DATA:
            add_revealed(&p->got, hidden, &p->told);
            break;
        case KIND_END:
            p->ended = true;
            break;
        case KIND_ASK:
            add_record(&p->out, KIND_WORD, SLICE(""), 0);
            break;
        case KIND_WORD:
            break;
        }
        buf_consume(&p->coded, RECORD_HEAD + hidden.n);
    }
}
