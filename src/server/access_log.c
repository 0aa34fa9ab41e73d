/* The access log: a queue for each loop, and one thread that turns their content into lines and writes
 * these. */
#include "server/access_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/race.h"
#include "base/terminal.h"
#include "base/text.h"
#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some 20,000 answers, twice as many as a loop gives in its busiest tenth of a second, in case the writer
 * has to wait for a processor. The buffer grows to this size only if needed. */
#define QUEUE_BYTES (4 * 1024 * 1024)
/* How long the writer lets lines gather: a wake-up for each answer would cost more than all the rest, and
 * nobody notices 10 ms. */
#define GATHER_MS 10
/* Bytes of one write; and room for a line of which every byte is escaped. */
#define BATCH_BYTES (64 * 1024)
#define OUT_BYTES (2 * BATCH_BYTES)
/* How often the number of missing lines is reported at most. */
#define REPORT_MS 1000
/* How long a reader that takes nothing may delay the end of the process. */
#define CLOSE_MS 1000

/* In the eventfd an ordinary line counts 1, and an urgent message this much: it does not wait for more
 * lines. */
#define URGENT ((uint64_t)1 << 32)

struct queue {
    pthread_mutex_t lock; /* held while a few hundred bytes are copied or pointers are swapped */
    struct buf held;      /* protected by `lock`: a struct access, then its three texts, and so on */
    uint64_t dropped;     /* protected by `lock` */
};

struct access_log {
    const char *path; /* NULL: fd belongs to somebody else */
    bool on_terminal;
    enum access_format format;
    int event; /* tells the writer that there is something to do */
    atomic_bool reopen, closing;
    atomic_bool full; /* dropped lines were reported; they are reported again only after the queue had room */
    pthread_t thread;

    /* Used only by the writer. */
    int fd;
    bool may_wait;       /* fd is not a regular file, so it may not take bytes now */
    bool failing;        /* the last write failed and was reported */
    bool torn;           /* the last thing written was not a whole line */
    uint64_t told;       /* messages received while it waited for something else */
    uint64_t give_up_at; /* clock_ms(), once it is closing */
    uint64_t missing, reported_at;
    struct buf taken, out;

    unsigned loops;
    struct queue queues[];
};

static void tell(struct access_log *l, uint64_t what)
{
    /* fails only if nobody has read 2^32 urgent messages: then it is awake anyway */
    ssize_t ignored = write(l->event, &what, sizeof what);
    (void)ignored;
}

/* ---- the loops' side ---- */

/* One byte more than a line holds, so that the writer sees that it is cut. */
static struct slice bounded(struct slice s)
{
    if (s.n > ACCESS_TEXT_MAX + 1)
        s.n = ACCESS_TEXT_MAX + 1;
    return s;
}

/* Called with the lock held. False if there is no room. */
static bool put(struct queue *q, const struct access *a)
{
    size_t size = sizeof *a + a->request.n + a->referer.n + a->user_agent.n;
    if (buf_space(&q->held) < size || !buf_reserve(&q->held, size)) {
        q->dropped++;
        q->held.failed = false;
        return false;
    }
    buf_add(&q->held, (struct slice){(const char *)a, sizeof *a});
    buf_add(&q->held, a->request);
    buf_add(&q->held, a->referer);
    buf_add(&q->held, a->user_agent);
    return true;
}

void access_log_add(struct access_log *l, unsigned loop, const struct access *a)
{
    struct queue *q = &l->queues[loop];
    struct access copy = *a;
    copy.request = bounded(a->request);
    copy.referer = bounded(a->referer);
    copy.user_agent = bounded(a->user_agent);
    pthread_mutex_lock(&q->lock);
    size_t before = buf_len(&q->held);
    bool added = put(q, &copy);
    size_t after = buf_len(&q->held);
    pthread_mutex_unlock(&q->lock);
    if (!added && !atomic_exchange(&l->full, true))
        log_line("the access log is not taken as fast as it grows: lines are dropped (is its disk or reader "
                 "slow?)");
    if (before < QUEUE_BYTES / 2 && after >= QUEUE_BYTES / 2)
        tell(l, URGENT);
    else if (before == 0)
        tell(l, 1);
}

void access_log_reopen(struct access_log *l)
{
    atomic_store(&l->reopen, true);
    tell(l, URGENT);
}

/* ---- the writer ---- */

/* A FIFO is also opened for reading, so that opening needs no reader, and a reader may go. */
static int open_file(const char *path)
{
    const int flags = O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = open(path, O_WRONLY | flags, 0640);
    struct stat st;
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)))
        return fd;
    if (fd < 0 && errno != ENXIO)
        return -errno;
    int fifo = open(path, O_RDWR | flags, 0640);
    int error = errno;
    if (fd >= 0)
        close(fd);
    return fifo >= 0 ? fifo : -error;
}

static void use_fd(struct access_log *l, int fd)
{
    struct stat st;
    l->fd = fd;
    l->may_wait = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);
    l->failing = l->torn = false;
}

static struct escaped name_of(const struct access_log *l)
{
    return escape(slice_of(l->path ? l->path : l->on_terminal ? "on the terminal" : "stdout"));
}

static void reopen_if_told(struct access_log *l)
{
    if (!atomic_exchange(&l->reopen, false) || !l->path)
        return;
    int fd = open_file(l->path);
    if (fd < 0) {
        log_line("cannot open the access log %s again: %s; it goes on in the old file", name_of(l).text,
                 strerror(-fd));
        return;
    }
    close(l->fd);
    use_fd(l, fd);
    log_debug("the access log %s was opened again", name_of(l).text);
}

/* Waits until there is a message, until `ms` are over (-1: no limit), or until fd (unless it is -1) takes
 * bytes. True in the last case. */
static bool wait_for(struct access_log *l, int ms, int fd)
{
    struct pollfd p[] = {{.fd = l->event, .events = POLLIN}, {.fd = fd, .events = POLLOUT}};
    uint64_t told;
    if (poll(p, 2, ms) > 0 && p[0].revents && read(l->event, &told, sizeof told) == sizeof told)
        l->told += told;
    if (atomic_load(&l->closing) && l->give_up_at == 0)
        l->give_up_at = clock_ms() + CLOSE_MS;
    return p[1].revents != 0;
}

/* Waits until fd takes bytes. False if it does not, and it is time to end. */
static bool wait_until_taken(struct access_log *l)
{
    bool takes = false;
    while (!takes) {
        uint64_t now = clock_ms();
        if (l->give_up_at != 0 && now >= l->give_up_at)
            return false;
        takes = wait_for(l, l->give_up_at != 0 ? (int)(l->give_up_at - now) : -1, l->fd);
        if (!takes && !l->torn)
            reopen_if_told(l);
    }
    return true;
}

/* The part for one call. poll() promises PIPE_BUF bytes of a pipe, and writes of whole lines up to that
 * size do not mix with those of others. */
static struct slice piece_of(const struct access_log *l, struct slice rest)
{
    if (!l->may_wait || rest.n <= PIPE_BUF)
        return rest;
    const char *end = memrchr(rest.p, '\n', PIPE_BUF);
    return (struct slice){rest.p, end ? (size_t)(end + 1 - rest.p) : PIPE_BUF};
}

static uint64_t count_lines(struct slice s)
{
    uint64_t lines = 0;
    for (struct slice line; slice_cut(&s, '\n', &line);)
        lines++;
    return lines;
}

/* The rest is lost, and that is reported. */
static void give_up(struct access_log *l, struct slice rest, int error)
{
    l->missing += count_lines(rest);
    if (error == 0)
        return;
    if (!l->failing)
        log_line("cannot write the access log %s: %s; lines are lost until it can be written",
                 name_of(l).text, strerror(error));
    l->failing = true;
}

static bool write_all(struct access_log *l, struct slice rest)
{
    while (rest.n > 0) {
        if (l->may_wait && !wait_until_taken(l)) {
            give_up(l, rest, 0);
            return false;
        }
        struct slice piece = piece_of(l, rest);
        ssize_t n = write(l->fd, piece.p, piece.n);
        if (n < 0 && errno == EAGAIN)
            continue;
        if (n < 0) {
            give_up(l, rest, errno);
            return false;
        }
        l->torn = n > 0 ? piece.p[n - 1] != '\n' : l->torn;
        rest = slice_from(rest, (size_t)n);
    }
    return true;
}

static void write_out(struct access_log *l)
{
    struct slice out = buf_slice(&l->out);
    if (out.n == 0)
        return;
    if (l->on_terminal && !terminal_is_ours(l->fd)) {
        buf_consume(&l->out, out.n);
        return;
    }
    /* The part of a line that a full disk has left gets a line of its own. */
    if (l->torn && !write_all(l, SLICE("\n")))
        l->missing += count_lines(out) - 1; /* the newline counted as a line, too */
    else if (write_all(l, out))
        l->failing = false;
    buf_consume(&l->out, out.n);
}

static struct slice take(struct slice *rest, size_t n)
{
    struct slice piece = {rest->p, n};
    *rest = slice_from(*rest, n);
    return piece;
}

static void write_queue(struct access_log *l, struct queue *q)
{
    /* Some terminals wrap once the last column is taken. */
    int columns = l->on_terminal ? terminal_width(l->fd) - 1 : 0;
    pthread_mutex_lock(&q->lock);
    struct buf empty = l->taken;
    l->taken = q->held;
    q->held = empty;
    l->missing += q->dropped;
    q->dropped = 0;
    pthread_mutex_unlock(&q->lock);
    for (struct slice rest = buf_slice(&l->taken); rest.n > 0;) {
        struct access a;
        memcpy(&a, take(&rest, sizeof a).p, sizeof a);
        a.request = take(&rest, a.request.n);
        a.referer = take(&rest, a.referer.n);
        a.user_agent = take(&rest, a.user_agent.n);
        access_line_add(&l->out, l->format, columns, &a);
        if (l->out.failed) { /* memory ran out within a line, which is dropped */
            l->missing += 1 + count_lines(buf_slice(&l->out));
            buf_free(&l->out);
        }
        if (buf_len(&l->out) >= BATCH_BYTES)
            write_out(l);
    }
    buf_consume(&l->taken, buf_len(&l->taken));
}

static void report(struct access_log *l, bool at_the_end)
{
    uint64_t now = clock_ms();
    if (l->missing == 0 || (!at_the_end && (l->failing || now - l->reported_at < REPORT_MS)))
        return;
    log_line("%llu line%s of the access log %s lost", (unsigned long long)l->missing,
             l->missing == 1 ? "" : "s", l->missing == 1 ? "was" : "were");
    l->missing = 0;
    l->reported_at = now;
    atomic_store(&l->full, false);
}

static void *write_lines(void *arg)
{
    struct access_log *l = arg;
    for (bool last = false; !last;) {
        if (l->told == 0)
            wait_for(l, l->missing > 0 && !l->failing ? REPORT_MS : -1, -1);
        uint64_t until = clock_ms() + GATHER_MS;
        for (uint64_t now; l->told < URGENT && (now = clock_ms()) < until;)
            wait_for(l, (int)(until - now), -1);
        l->told = 0;
        last = atomic_load(&l->closing); /* read before the queues: nothing comes after it */
        reopen_if_told(l);
        for (unsigned i = 0; i < l->loops; i++)
            write_queue(l, &l->queues[i]);
        write_out(l);
        report(l, last);
    }
    race_before(l);
    return NULL;
}

/* ---- beginning and end ---- */

static void free_log(struct access_log *l)
{
    for (unsigned i = 0; i < l->loops; i++) {
        pthread_mutex_destroy(&l->queues[i].lock);
        buf_free(&l->queues[i].held);
    }
    buf_free(&l->taken);
    buf_free(&l->out);
    if (l->event >= 0)
        close(l->event);
    if (l->path && l->fd >= 0)
        close(l->fd);
    free(l);
}

enum status access_log_open(struct access_log **ret, const char *path, int fd, enum access_format format,
                            unsigned loops, struct err *e)
{
    struct access_log *l = calloc(1, sizeof *l + loops * sizeof *l->queues);
    if (!l)
        return err_set(e, STATUS_FAILED, "cannot start the access log: out of memory");
    l->path = path;
    l->on_terminal = format == ACCESS_SHORT;
    l->format = format;
    l->taken = buf_new(QUEUE_BYTES);
    l->out = buf_new(OUT_BYTES);
    l->loops = loops;
    for (unsigned i = 0; i < loops; i++) {
        pthread_mutex_init(&l->queues[i].lock, NULL);
        l->queues[i].held = buf_new(QUEUE_BYTES);
    }
    l->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int error = l->event < 0 ? -errno : 0;
    l->fd = path ? open_file(path) : fd;
    if (l->fd < 0)
        err_set(e, STATUS_FAILED, "cannot open the access log %s: %s", name_of(l).text, strerror(-l->fd));
    else
        use_fd(l, l->fd);
    if (l->fd >= 0 && error == 0)
        error = process_start_thread(&l->thread, write_lines, l);
    if (error < 0 && l->fd >= 0)
        err_set(e, STATUS_FAILED, "cannot start the access log: %s", strerror(-error));
    if (error < 0 || l->fd < 0) {
        free_log(l);
        return STATUS_FAILED;
    }
    *ret = l;
    return STATUS_DONE;
}

void access_log_close(struct access_log *l)
{
    struct timespec until;
    if (!l)
        return;
    atomic_store(&l->closing, true);
    tell(l, URGENT);
    /* Twice the time that the writer gives itself: the rest is for the disk. */
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 2 * CLOSE_MS / 1000;
    if (pthread_clockjoin_np(l->thread, NULL, CLOCK_MONOTONIC, &until) == 0) {
        race_after(l);
        free_log(l);
    } else {
        log_line("the disk holds up the access log %s: its last lines may be lost", name_of(l).text);
    }
}
