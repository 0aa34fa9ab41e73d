/* One client of `say`, and what all clients share. Only set_state() changes a client's state. */
#include "message/hearer.h"

#include "base/log.h"
#include "base/text.h"
#include "message/peer.h"
#include "message/typed.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A client whose queue is full must take something each second and have half of it free after ten, or it is
 * dropped, because the others wait for it. That is 50 KiB/s, slower than any link for such messages. */
#define STALL_MS 1000
#define GRACE_MS 10000
/* At the end nobody but ferry itself waits for it. */
#define FINISH_MS 10000
#define LINGER_MS 2000

/* Small enough that the lines in it, with an address before each, stay below OUTLET_MAX. */
#define READ_BYTES 4096
/* Beyond the bytes in flight, the kernel keeps only this much of a hearer's queue: so our queue is nearly
 * all of it, and a hearer that takes nothing is noticed within a second. */
#define UNSENT_BYTES (64 * 1024)

static uint64_t waiting(const struct hearer *h)
{
    return h->hall->greeting.n - h->greeted + (h->hall->tape.end - h->at);
}

/* Whether its machine has acknowledged anything since the last call. What send() took says less, because
 * the kernel takes large steps. */
static bool took_some(struct hearer *h)
{
    int unacknowledged = 0;
    ioctl(h->stream.fd, SIOCOUTQ, &unacknowledged);
    uint64_t taken = h->sent - (uint64_t)unacknowledged;
    bool some = taken > h->taken;
    h->taken = taken;
    return some;
}

static void leave(struct hearer *h)
{
    timer_disarm(&h->patience);
    timer_disarm(&h->grace);
    h->stream.ops->close(&h->stream);
    buf_free(&h->typed);
    list_remove(&h->node);
    list_append(&h->hall->closed, &h->node);
    h->hall->count--;
}

static void set_state(struct hearer *h, enum hearer_state to)
{
#define TO(state) (1u << (state))
    static const unsigned legal[] = {
        [HEARER_FOLLOW] = TO(HEARER_BEHIND) | TO(HEARER_FINISH) | TO(HEARER_CLOSED),
        [HEARER_BEHIND] = TO(HEARER_FOLLOW) | TO(HEARER_FINISH) | TO(HEARER_CLOSED),
        [HEARER_FINISH] = TO(HEARER_LINGER) | TO(HEARER_CLOSED),
        [HEARER_LINGER] = TO(HEARER_CLOSED),
        [HEARER_CLOSED] = 0,
    };
#undef TO
    struct hall *l = h->hall;
    assert(legal[h->state] & 1u << to);
    if (h->state == HEARER_BEHIND)
        l->behind--;
    h->state = to;
    switch (to) {
    case HEARER_FOLLOW:
        timer_disarm(&h->patience);
        timer_disarm(&h->grace);
        break;
    case HEARER_BEHIND:
        l->behind++;
        took_some(h);
        timer_arm(&l->loop, &l->stall, &h->patience);
        timer_arm(&l->loop, &l->grace, &h->grace);
        break;
    case HEARER_FINISH:
        timer_disarm(&h->grace);
        took_some(h);
        timer_arm(&l->loop, &l->finish, &h->patience);
        break;
    case HEARER_LINGER:
        timer_arm(&l->loop, &l->linger, &h->patience);
        break;
    case HEARER_CLOSED:
        leave(h);
        break;
    }
}

/* Peers come and go, so this is only a debug message. */
static void gone(struct hearer *h)
{
    log_debug("%s has gone: %s", address_text(&h->peer).text, strerror(errno));
    set_state(h, HEARER_CLOSED);
}

static void drop(struct hearer *h, const char *why)
{
    log_line("%s %s: dropped, with %s waiting for it", address_text(&h->peer).text, why,
             size_text(waiting(h)).text);
    /* After an orderly end it would believe that it heard everything. */
    sock_reset_on_close(h->stream.fd);
    set_state(h, HEARER_CLOSED);
}

static bool reads(const struct hearer *h)
{
    return !h->ended && !(h->hall->typed && outlet_full(h->hall->typed));
}

static void set_interest(struct hearer *h)
{
    uint32_t want = (reads(h) ? EPOLLIN : 0u) | (h->blocked ? EPOLLOUT : 0u);
    if (!h->ended && !(want & EPOLLIN))
        h->hall->muted = true;
    if (h->watched && h->interest == want)
        return;
    int r = (h->watched ? loop_rewatch : loop_watch)(&h->hall->loop, h->stream.fd, want, &h->watch);
    h->watched = true;
    h->interest = want;
    if (r != 0) {
        errno = -r;
        gone(h);
    }
}

/* IO_OK if everything was sent. */
static enum io write_out(struct hearer *h)
{
    for (;;) {
        struct slice greeting = slice_from(h->hall->greeting, h->greeted);
        struct slice next = greeting.n > 0 ? greeting : tape_read(&h->hall->tape, h->at);
        size_t n;
        if (next.n == 0)
            return IO_OK;
        enum io io = h->stream.ops->write(&h->stream, next.p, next.n, next.n < waiting(h), &n);
        if (io != IO_OK)
            return io;
        h->sent += n;
        if (greeting.n > 0)
            h->greeted += n;
        else
            h->at += n;
    }
}

static void end_writing(struct hearer *h)
{
    h->stream.ops->shutdown(&h->stream);
    h->sent++; /* The end takes a number in TCP's sequence, and so in SIOCOUTQ's count. */
    if (h->ended)
        set_state(h, HEARER_CLOSED);
    else
        set_state(h, HEARER_LINGER);
}

/* Sends what it can, and moves to the next state if that is due. */
static void step(struct hearer *h)
{
    switch (write_out(h)) {
    case IO_OK:
        h->blocked = false;
        break;
    case IO_WANT_WRITE:
    case IO_WANT_READ:
    case IO_WANT_WORKER:
        h->blocked = true;
        break;
    case IO_EOF:
    case IO_FAIL:
        gone(h);
        return;
    }
    if (h->state == HEARER_BEHIND && waiting(h) <= TAPE_BYTES / 2)
        set_state(h, HEARER_FOLLOW);
    if (h->state == HEARER_FINISH && !h->blocked)
        end_writing(h);
    if (h->state != HEARER_CLOSED)
        set_interest(h);
}

static void read_some(struct hearer *h)
{
    struct outlet *typed = h->hall->typed;
    char bytes[READ_BYTES];
    size_t n;
    switch (h->stream.ops->read(&h->stream, bytes, sizeof bytes, &n)) {
    case IO_OK:
        if (!typed)
            break;
        typed_add(&h->typed, (struct slice){bytes, n}, address_text(&h->peer).text, &typed->waiting);
        outlet_flush(typed);
        break;
    case IO_WANT_READ:
    case IO_WANT_WRITE:
    case IO_WANT_WORKER:
        break;
    case IO_EOF:
        h->ended = true;
        if (typed) {
            typed_end(&h->typed, address_text(&h->peer).text, &typed->waiting);
            outlet_flush(typed);
        }
        if (h->state == HEARER_LINGER)
            set_state(h, HEARER_CLOSED);
        break;
    case IO_FAIL:
        gone(h);
        break;
    }
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct hearer *h = container_of(w, struct hearer, watch);
    bool broken = events & (EPOLLERR | EPOLLHUP);
    if (h->state == HEARER_CLOSED)
        return;
    if (reads(h) && (events & EPOLLIN || broken)) {
        read_some(h);
    } else if (h->ended && broken) {
        errno = ECONNRESET;
        gone(h);
    } else if (broken) {
        /* It is not read because `typed` is full; until then epoll would report its end again and again. */
        loop_unwatch(&h->hall->loop, h->stream.fd);
        h->watched = false;
        h->hall->muted = true;
        return;
    }
    if (h->state == HEARER_CLOSED)
        return;
    if (events & EPOLLOUT && h->blocked)
        step(h);
    else
        set_interest(h);
}

static void on_stall(struct timer_queue *q, struct timer *t)
{
    struct hearer *h = container_of(t, struct hearer, patience);
    if (took_some(h))
        timer_arm(&h->hall->loop, q, t);
    else
        drop(h, "does not read");
}

static void on_grace(struct timer_queue *q, struct timer *t)
{
    (void)q;
    drop(container_of(t, struct hearer, grace), "reads too slowly");
}

static void on_linger(struct timer_queue *q, struct timer *t)
{
    struct hearer *h = container_of(t, struct hearer, patience);
    if (took_some(h) && h->taken < h->sent) /* It still reads the bytes in flight. */
        timer_arm(&h->hall->loop, q, t);
    else
        set_state(h, HEARER_CLOSED);
}

bool hall_init(struct hall *l, struct slice greeting)
{
    l->greeting = greeting;
    list_init(&l->hearers);
    list_init(&l->closed);
    loop_add_queue(&l->loop, &l->stall, STALL_MS, on_stall);
    loop_add_queue(&l->loop, &l->grace, GRACE_MS, on_grace);
    loop_add_queue(&l->loop, &l->finish, FINISH_MS, on_stall);
    loop_add_queue(&l->loop, &l->linger, LINGER_MS, on_linger);
    return tape_init(&l->tape);
}

void hall_admit(struct hall *l, int fd, const struct address *peer)
{
    const int unsent = UNSENT_BYTES;
    struct hearer *h = calloc(1, sizeof *h);
    if (!h) {
        close(fd);
        return;
    }
    sock_no_delay(fd);
    peer_keep_alive(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    *h = (struct hearer){.hall = l,
                         .stream = stream_plain(fd),
                         .peer = *peer,
                         .state = HEARER_FOLLOW,
                         .at = l->tape.end,
                         .watch.on_ready = on_ready,
                         .typed = buf_new(TYPED_LINE_MAX)};
    timer_init(&h->patience);
    timer_init(&h->grace);
    list_append(&l->hearers, &h->node);
    l->count++;
    if (l->only_greets)
        set_state(h, HEARER_FINISH);
    step(h);
}

/* Visits all hearers; any of them may be closed on the way. */
#define FOR_EACH_HEARER(h, l)                                                                                \
    for (struct list *at_ = (l)->hearers.next, *next_;                                                       \
         at_ != &(l)->hearers && (next_ = at_->next, (h) = container_of(at_, struct hearer, node), true);    \
         at_ = next_)

bool hall_has_room(struct hall *l, size_t n)
{
    struct hearer *h;
    FOR_EACH_HEARER(h, l)
    if (h->state == HEARER_FOLLOW && l->tape.end - h->at + n > TAPE_BYTES)
        set_state(h, HEARER_BEHIND);
    return l->behind == 0;
}

void hall_say(struct hall *l, struct slice lines)
{
    struct hearer *h;
    tape_add(&l->tape, lines);
    FOR_EACH_HEARER(h, l)
    if (!h->blocked)
        step(h);
}

void hall_finish(struct hall *l)
{
    struct hearer *h;
    FOR_EACH_HEARER(h, l)
    if (h->state == HEARER_FOLLOW || h->state == HEARER_BEHIND) {
        set_state(h, HEARER_FINISH);
        step(h);
    }
}

void hall_clear(struct hall *l)
{
    struct hearer *h;
    FOR_EACH_HEARER(h, l)
    if (waiting(h) > 0)
        drop(h, "does not read");
    else
        set_state(h, HEARER_CLOSED);
}

void hall_settle(struct hall *l)
{
    struct hearer *h;
    while (!list_empty(&l->closed)) {
        h = container_of(l->closed.next, struct hearer, node);
        list_remove(&h->node);
        free(h);
    }
    if (!l->muted || !outlet_drained(l->typed))
        return;
    l->muted = false;
    FOR_EACH_HEARER(h, l)
    set_interest(h);
}

void hall_free(struct hall *l)
{
    hall_clear(l);
    l->muted = false;
    hall_settle(l);
    tape_free(&l->tape);
}
