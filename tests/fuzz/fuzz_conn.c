/* The whole life of a connection, without a socket, a thread or a clock: bytes arrive in any pieces,
 * answers are taken in any pieces, workers finish at any time, and the answers are the same to the byte.
 *
 * The input is what a client sends; the splits are drawn from it. server/ is the real one, with its files.
 * Everything that waits is replaced: the stream by memory, the workers by a list that is run at random,
 * epoll and the clock by loop_batch(). Then the same with a carrier over the stream (veil.h), which must
 * change nothing. */
#include "../unit/client.h"
#include "../unit/veil.h"
#include "fuzz.h"

#include "content/settled.h"
#include "server/reaper.h"
#include "site/preview.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Enough for a hundred answers; of longer output only the sum is compared. */
#define OUT_KEPT (1 << 20)
/* Longer than any deadline of the reaper, so often that any number of checks has passed. */
#define LONG_MS (100 * 1000)
#define LONG_WAITS 64

static const struct slice secret = SLICE("BYTES-THAT-NOBODY-MAY-HAVE");

static struct server server = {.wires = wires,
                               .site = {.root.dir = -1,
                                        .precompressed = true,
                                        .surveys.budget = &server.memory,
                                        .memory = &server.memory},
                               .max_clients = 10,
                               .drain_ms = 30000,
                               .shard_count = 1};
static struct shard shard;
static struct list jobs;
static uint64_t now = 1000000;

/* ---- the workers, run by hand: these functions replace io/workers.c ---- */

void workers_roam(struct workers *w)
{
    (void)w;
}

struct workers *workers_new(unsigned max_threads, unsigned idle_ms)
{
    (void)max_threads, (void)idle_ms;
    return NULL;
}

bool workers_free(struct workers *w, unsigned patience_ms)
{
    (void)patience_ms;
    return w == NULL;
}

void workers_submit(struct workers *w, struct job *j)
{
    (void)w;
    j->queued = true;
    list_append(&jobs, &j->task.node);
}

bool workers_ready(struct workers *w)
{
    (void)w;
    return true;
}

void workers_tend(struct workers *w)
{
    (void)w;
}

bool workers_cancel(struct workers *w, struct job *j)
{
    (void)w;
    bool queued = j->queued;
    if (queued)
        list_remove(&j->task.node);
    j->queued = false;
    return queued;
}

static void run_one_job(void)
{
    struct job *j = container_of(jobs.next, struct job, task.node);
    list_remove(&j->task.node);
    j->queued = false;
    j->run(j);
    j->done(j);
}

/* ---- the folder is new and does not change: these functions replace content/settled.c ---- */

bool settled_by_time(struct timespec changed, time_t date)
{
    (void)changed, (void)date;
    return true;
}

bool settled_long_ago(struct timespec changed)
{
    (void)changed;
    return true;
}

bool settled(int fd, enum fs_kind kind, struct timespec changed)
{
    (void)fd, (void)kind, (void)changed;
    return true;
}

/* A multipart boundary is random, and must be the same each time. Replaces the C library's function. */
ssize_t getrandom(void *to, size_t n, unsigned flags)
{
    (void)flags;
    memset(to, 0x5a, n);
    return (ssize_t)n;
}

/* ---- the connection to the client ---- */

static struct net {
    struct conn *conn;
    struct slice in;
    size_t delivered, taken; /* bytes of `in` that have arrived, and that were read */
    bool ended;              /* the client has ended its side */
    size_t credit;           /* bytes that the client will still take */
    bool broken;             /* in both directions, from now on */
    struct buf out;
    size_t sent;
    uint64_t sum;
    bool shut, closed, reset;
    bool veiled; /* `in` is what `peer` sends, whom nothing is told by other means */
    struct veil_peer peer;
} net;

static void keep(struct slice out)
{
    net.sent += out.n;
    net.sum = dice_of(out, net.sum ^ 0xcbf29ce484222325).state;
    if (buf_len(&net.out) + out.n <= OUT_KEPT)
        buf_add(&net.out, out);
}

static enum io net_read(struct stream *s, void *to, size_t cap, size_t *ret_n)
{
    size_t there = net.delivered - net.taken;
    (void)s;
    MUST(cap > 0 && !net.closed);
    if (net.broken)
        return IO_FAIL;
    if (there == 0)
        return net.ended ? IO_EOF : IO_WANT_READ;
    *ret_n = there < cap ? there : cap;
    memcpy(to, net.in.p + net.taken, *ret_n);
    net.taken += *ret_n;
    return IO_OK;
}

static enum io net_write(struct stream *s, const void *from, size_t n, bool more, size_t *ret_n)
{
    (void)s;
    (void)more;
    MUST(n > 0 && !net.shut && !net.closed);
    if (net.broken)
        return IO_FAIL;
    if (net.credit == 0)
        return IO_WANT_WRITE;
    *ret_n = n < net.credit ? n : net.credit;
    net.credit -= *ret_n;
    if (!net.veiled) {
        keep((struct slice){from, *ret_n});
        return IO_OK;
    }
    veil_peer_hear(&net.peer, (struct slice){from, *ret_n});
    keep(buf_slice(&net.peer.got));
    buf_clear(&net.peer.got);
    if (!net.ended)
        net.in = buf_slice(&net.peer.out);
    return IO_OK;
}

static enum io net_shutdown(struct stream *s)
{
    (void)s;
    MUST(!net.shut);
    net.shut = true;
    return IO_OK;
}

static void net_close(struct stream *s)
{
    MUST(!net.closed);
    net.closed = true;
    net.reset = net.conn->reset;
    /* With unread bytes, the kernel sends a reset. */
    MUST(net.reset || net.shut || net.broken || net.ended || net.taken == net.delivered);
    close(s->fd);
}

static const struct stream_ops net_ops = {
    .read = net_read,
    .write = net_write,
    .shutdown = net_shutdown,
    .close = net_close,
};

/* ---- the served folder ---- */

static char place[] = "/tmp/ferry-fuzz-XXXXXX";

static void write_file(int dir, const char *name, size_t n, struct slice text)
{
    /* In the past, so that its date is a strong validator. */
    const struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    MUST(fd >= 0);
    for (size_t i = 0; i < n; i++)
        MUST(write(fd, &"abcdefghijklmnopqrstuvwxyz0123456"[i % 33], 1) == 1);
    MUST(write(fd, text.p, text.n) == (ssize_t)text.n);
    MUST(futimens(fd, times) == 0);
    close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(void)
{
    MUST(mkdtemp(place));
    int top = open(place, O_DIRECTORY);
    MUST(top >= 0 && mkdirat(top, "pub", 0755) == 0);
    int pub = openat(top, "pub", O_DIRECTORY);
    MUST(pub >= 0 && mkdirat(pub, "sub", 0755) == 0);
    write_file(top, "secret", 0, secret);
    write_file(pub, ".hidden", 0, secret);
    write_file(pub, "data", 1000, SLICE(""));
    write_file(pub, "b", 40000, SLICE(""));
    write_file(pub, "b.br", 20000, SLICE(""));
    write_file(pub, "b.gz", 3000, SLICE(""));
    write_file(pub, "empty", 0, SLICE(""));
    write_file(pub, "page.html", 0, SLICE("<p>hello"));
    write_file(pub, "a<b>&\"'\n\xff.txt", 3, SLICE(""));
    write_file(pub, "sub/inner", 20, SLICE(""));
    MUST(symlinkat("../secret", pub, "out") == 0 && symlinkat("sub/inner", pub, "in") == 0);
    MUST(symlinkat("..", pub, "up") == 0 && mkfifoat(pub, "pipe", 0644) == 0);
    close(pub);
    close(top);
    atexit(remove_folder);
}

static uint64_t standing_clock(void)
{
    return 0;
}

static void set_up(void)
{
    char pub[sizeof place + 4];
    make_folder();
    snprintf(pub, sizeof pub, "%s/pub", place);
    MUST(root_init(&server.site.root, pub, false) == 0);
    server.shards = &shard;
    server.site.look = (struct listing_look){.kind_of = preview_kind, .types = &server.site.types};
    list_init(&jobs);
    MUST(shard_init(&shard, &server) == 0);
    shard.loop.clock = standing_clock;
    timer_init(&shard.accept_again);
    shard.accepting = true;
}

/* ---- one life ---- */

enum manner {
    MANNER_WHOLE, /* all bytes at once, all answers taken at once */
    MANNER_SPLIT, /* in pieces, both ways */
    MANNER_CHAOS, /* also with pauses, ends, faults, and a server that stops */
};

static struct conn *the_conn(void)
{
    return list_empty(&shard.conns) ? NULL : container_of(shard.conns.next, struct conn, node);
}

static bool is_alive(void)
{
    return !list_empty(&shard.conns) || !list_empty(&shard.dead);
}

static void batch(uint32_t events)
{
    struct conn *c = the_conn();
    struct epoll_event e = {.events = events, .data.ptr = c ? &c->watch : NULL};
    loop_batch(&shard.loop, now, &e, c && events != 0);
}

/* The peer's own end is a part of `in`. */
static void end_of_peer(void)
{
    struct veil_peer *p = &net.peer;
    if (p->stage != PEER_OPEN || p->ends)
        return;
    veil_peer_end(p);
    net.in = buf_slice(&p->out);
    net.delivered = net.in.n;
}

static void deliver(size_t n, bool and_end)
{
    size_t left = net.in.n - net.delivered, before = net.delivered;
    bool had_ended = net.ended;
    net.delivered += n < left ? n : left;
    and_end = and_end && net.delivered == net.in.n;
    if (net.veiled && and_end)
        end_of_peer();
    else
        net.ended |= and_end;
    /* Readiness comes as edges. */
    bool is_news = net.delivered > before || net.ended != had_ended;
    batch(is_news ? EPOLLIN | (net.ended ? EPOLLRDHUP : 0u) : 0);
}

/* The peer goes on with what it was told, until neither has anything more to say. */
static bool is_talking(void)
{
    const struct veil_peer *p = &net.peer;
    return net.veiled && !net.ended && (net.delivered < net.in.n || (p->stage == PEER_OPEN && !p->ends));
}

static void take(size_t n)
{
    net.credit += n;
    batch(EPOLLOUT);
}

/* server.c would post both to the loop. */
static void stop_server(struct task *t)
{
    t->run(t);
    batch(0);
}

static void mischief(struct dice *d)
{
    switch (dice_roll(d, 6)) {
    case 0:
        now += dice_roll(d, 300);
        break;
    case 1:
        now += dice_roll(d, 70000);
        break;
    case 2:
        net.in.n = net.delivered; /* no more arrives */
        net.ended = true;
        batch(EPOLLIN | EPOLLRDHUP);
        return;
    case 3:
        net.broken = true;
        batch(EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR);
        return;
    case 4:
        if (!shard.draining)
            stop_server(&shard.drain);
        return;
    case 5:
        if (shard.draining)
            stop_server(&shard.hurry);
        return;
    }
    batch(0);
}

static void one_event(enum manner manner, struct dice *d)
{
    size_t most = (size_t)1 << dice_roll(d, 17);
    switch (dice_roll(d, 8)) {
    case 0:
    case 1:
    case 2:
        deliver(1 + dice_roll(d, most), dice_roll(d, 2) == 0);
        return;
    case 3:
    case 4:
        take(1 + dice_roll(d, most));
        return;
    case 5:
        if (!list_empty(&jobs))
            run_one_job();
        break;
    case 6:
        if (manner == MANNER_CHAOS && dice_roll(d, 4) == 0) {
            mischief(d);
            return;
        }
        break;
    }
    batch(0);
}

/* Nothing is held back any more: it must end by itself. */
static void let_it_end(void)
{
    deliver(SIZE_MAX, true);
    take(SIZE_MAX / 2);
    for (int waits = 0; is_alive(); waits++) {
        MUST(waits < LONG_WAITS);
        while (!list_empty(&jobs) || !list_empty(&shard.loop.again) || (is_alive() && is_talking())) {
            if (!list_empty(&jobs))
                run_one_job();
            if (is_talking())
                deliver(SIZE_MAX, true);
            batch(0);
        }
        now += LONG_MS;
        batch(0);
    }
    while (!list_empty(&jobs)) /* some sources may block when they are closed */
        run_one_job();
}

static void live(struct slice in, enum manner manner, bool veiled, struct dice d)
{
    const struct veil veil = {.carrier.open = veil_open, .seed = d.state};
    struct wire row = wire_tls_refused;
    const struct wire *const rows[] = {&row, &wire_http1, &wire_plain, NULL};
    int fd = eventfd(0, EFD_CLOEXEC);
    MUST(fd >= 0);
    /* A new socket takes a packet. */
    net = (struct net){.in = in, .credit = 1024, .out = buf_new(OUT_KEPT), .veiled = veiled};
    if (veiled) {
        veil_peer_begin(&net.peer, d.state);
        veil_peer_say(&net.peer, in);
        net.in = buf_slice(&net.peer.out);
    }
    row.carrier = veiled ? &veil.carrier : NULL;
    server.wires = rows;
    shard.loop.now = now;
    net.conn = client_open(&shard, (struct stream){.ops = &net_ops, .fd = fd});
    batch(EPOLLOUT);
    if (manner != MANNER_WHOLE)
        for (size_t events = 20 + dice_roll(&d, 200); events > 0 && is_alive(); events--)
            one_event(manner, &d);
    let_it_end();
    MUST(net.closed && atomic_load(&server.clients) == 0);
    veil_peer_free(&net.peer);
    shard.draining = shard.cache.ending = shard.loop.stop = false;
    timer_disarm(&shard.drain_over);
}

/* ---- checks ---- */

static bool cut_line(struct slice *rest, struct slice *ret)
{
    const char *end = memmem(rest->p, rest->n, "\r\n", 2);
    if (!end)
        return false;
    *ret = (struct slice){rest->p, (size_t)(end - rest->p)};
    *rest = slice_from(*rest, ret->n + 2);
    for (size_t i = 0; i < ret->n; i++)
        MUST((unsigned char)ret->p[i] >= ' ' && ret->p[i] != 0x7f);
    return true;
}

struct head {
    unsigned status;
    bool sized, chunked, closes;
    uint64_t length;
};

/* False if it is incomplete. */
static bool cut_head(struct slice *rest, struct head *h)
{
    struct slice line, name;
    *h = (struct head){.status = 0};
    if (!cut_line(rest, &line))
        return false;
    MUST(line.n > 13 && slice_starts(line, SLICE("HTTP/1.1 ")) && line.p[12] == ' ');
    for (int i = 9; i < 12; i++)
        h->status = h->status * 10 + (unsigned)(line.p[i] - '0');
    MUST(h->status >= 100 && h->status < 600);
    while (cut_line(rest, &line)) {
        if (line.n == 0)
            return true;
        MUST(slice_cut(&line, ':', &name) && name.n > 0 && slice_starts(line, SLICE(" ")));
        line = slice_trim(line);
        if (slice_eq(name, SLICE("Content-Length"))) {
            MUST(!h->sized && slice_to_u64(line, &h->length));
            h->sized = true;
        } else if (slice_eq(name, SLICE("Transfer-Encoding"))) {
            MUST(!h->chunked && slice_eq(line, SLICE("chunked")));
            h->chunked = true;
        } else if (slice_eq(name, SLICE("Connection"))) {
            h->closes = h->closes || slice_eq(line, SLICE("close"));
        }
    }
    return false;
}

static bool cut_chunks(struct slice *rest)
{
    struct slice line;
    while (cut_line(rest, &line)) {
        size_t n = 0;
        MUST(line.n > 0 && line.n <= 8);
        for (size_t i = 0; i < line.n; i++) {
            const char *digit = strchr("0123456789abcdef", ascii_lower(line.p[i]));
            MUST(digit && *digit);
            n = n * 16 + (size_t)(digit - "0123456789abcdef");
        }
        if (rest->n < n + 2)
            return false;
        MUST(slice_starts(slice_from(*rest, n), SLICE("\r\n")));
        *rest = slice_from(*rest, n + 2);
        if (n == 0)
            return true;
    }
    return false;
}

/* Complete answers one after the other, and nothing after one that closes. No file in the folder begins
 * like an answer, which is how an answer to HEAD is recognised. */
static void must_be_answers(struct slice rest, bool complete)
{
    struct head h = {.status = 0};
    while (rest.n > 0) {
        MUST(!h.closes);
        if (!cut_head(&rest, &h)) {
            MUST(!complete);
            return;
        }
        MUST(!(h.sized && h.chunked));
        if (h.status < 200) {
            MUST(!h.sized && !h.chunked);
            continue;
        }
        bool empty =
            h.status == 304 || h.status == 204 || rest.n == 0 || slice_starts(rest, SLICE("HTTP/1."));
        if (empty)
            continue;
        if (h.chunked ? !cut_chunks(&rest) : h.sized && rest.n < h.length) {
            MUST(!complete);
            return;
        }
        if (h.sized)
            rest = slice_from(rest, h.length);
        else if (!h.chunked) { /* the body ends with the connection */
            MUST(h.closes);
            return;
        }
    }
}

static void blank_dates(struct buf *out)
{
    static const struct slice field = SLICE("\r\nDate: ");
    for (size_t i = out->start; i + field.n + DATE_TEXT_SIZE <= out->end; i++)
        if (memcmp(out->base + i, field.p, field.n) == 0)
            memset(out->base + i + field.n, '-', DATE_TEXT_SIZE - 1);
}

/* `paused`: the client may have been silent for so long that its first bytes were taken for a name. */
static void check(struct slice in, bool paused)
{
    struct slice out = buf_slice(&net.out);
    bool kept = net.sent == out.n;
    MUST(!memmem(out.p, out.n, secret.p, secret.n));
    MUST(paused || net.peer.stage != PEER_REFUSED);
    if (kept &&
        (slice_starts(out, SLICE("HTTP/")) || (!paused && wire_recognise(wires, in, true) == &wire_http1)))
        must_be_answers(out, !net.reset && !net.broken && (!net.veiled || net.peer.ended));
    blank_dates(&net.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_input(data, size);
    if (server.site.root.dir < 0)
        set_up();
    live(in, MANNER_WHOLE, false, dice_of(in, 0));
    check(in, false);
    struct net whole = net;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        live(in, MANNER_SPLIT, seed > 2, dice_of(in, seed));
        check(in, false);
        MUST(net.sent == whole.sent && net.reset == whole.reset);
        MUST(slice_eq(buf_slice(&net.out), buf_slice(&whole.out)) || net.sent > OUT_KEPT);
        buf_free(&net.out);
    }
    for (int veiled = 0; veiled <= 1; veiled++) {
        live(in, MANNER_CHAOS, veiled, dice_of(in, 5));
        check((struct slice){in.p, veiled ? in.n : net.delivered}, true);
        buf_free(&net.out);
    }
    buf_free(&whole.out);
    return 0;
}
