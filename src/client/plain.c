/* One attempt in the plain dialect: sends a name, receives the file's bytes and the end. */
#include "client/plain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/call.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define BLOCK_BYTES (1u << 20)
#define TURN_MS 100

/* A server that reads once takes everything that has arrived for the name, so the name is sent without a
 * line end. A server that waits for a line end, or for the end of our side, is still silent after this
 * long: it gets a newline, then our end. */
#define LINE_END_MS 1000
#define OUR_END_MS 500
/* How long the bare name may stay unanswered if there is an earlier answer to fall back on. */
#define FALL_BACK_MS 3000

/* The only way for a server to say that it has no such file. */
#define NO_FILE SLICE("File not found")

/* How a wait for a descriptor ended. */
enum waited {
    WAITED_READY,
    WAITED_STOPPED,
    WAITED_REFUSED,
    WAITED_TOO_LONG,
};

static enum waited wait_for(int fd, short events, uint64_t until, struct stop *stop, struct receiver *r)
{
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = stop->fd, .events = POLLIN}};
        poll(p, 2, TURN_MS);
        if (stop_asked(stop))
            return WAITED_STOPPED;
        if (!r->idle(r))
            return WAITED_REFUSED;
        if (p[0].revents)
            return WAITED_READY;
        if (clock_ms() >= until)
            return WAITED_TOO_LONG;
    }
}

/* The result of one connection. */
enum reply {
    REPLY_FILE,      /* the receiver has the whole file */
    REPLY_EMPTY,     /* an orderly end without a byte */
    REPLY_NOT_FOUND, /* the text "File not found" */
    REPLY_CUT,       /* it broke, possibly after some bytes */
    REPLY_SILENCE,   /* the server was silent for too long */
    REPLY_NO_SERVER, /* there was no connection; the reason is in `err` */
    REPLY_NONE,      /* ended on our side: see `outcome` */
};

/* What we have sent besides the bare name. */
enum said {
    SAID_NAME,
    SAID_LINE_END,
    SAID_OUR_END,
};

struct plain {
    const struct net_options *net;
    struct stop *stop;
    const struct remote *remote;
    struct receiver *r;
    char *block;
    int fd;
    enum said said;
    uint64_t say_at;      /* clock_ms() when the next thing is sent */
    uint64_t silence_ms;  /* how long the server may take for its first byte */
    bool bare;            /* send nothing but the name */
    int why;              /* errno of REPLY_CUT */
    enum outcome outcome; /* of REPLY_NONE and REPLY_NO_SERVER */
    struct err err;
};

static enum reply ended(struct plain *p, enum outcome outcome)
{
    p->outcome = outcome;
    p->err = p->r->err;
    return REPLY_NONE;
}

/* The reply for a wait that did not end with WAITED_READY. */
static enum reply waited_reply(struct plain *p, enum waited w)
{
    if (w == WAITED_TOO_LONG)
        return REPLY_SILENCE;
    return ended(p, w == WAITED_STOPPED ? OUTCOME_STOPPED : p->r->outcome);
}

/* Returns REPLY_FILE if p->fd is connected. */
static enum reply connected(struct plain *p)
{
    struct call *c = call_start(p->remote->host, p->remote->port, (int)p->net->timeout_s * 1000);
    if (!c) {
        err_set(&p->err, STATUS_FAILED, "cannot start a thread: %s", strerror(errno));
        p->outcome = OUTCOME_FAILED;
        return REPLY_NO_SERVER;
    }
    /* dial() has its own time limit. */
    enum waited w = wait_for(call_done(c), POLLIN, UINT64_MAX, p->stop, p->r);
    enum reply reply = w == WAITED_READY ? REPLY_FILE : waited_reply(p, w);
    if (w == WAITED_READY) {
        int why;
        p->fd = call_take(c, &why, &p->err);
        /* A host without an address will have none in a second either. */
        p->outcome = why != 0 ? OUTCOME_AGAIN : OUTCOME_FAILED;
        reply = p->fd >= 0 ? REPLY_FILE : REPLY_NO_SERVER;
    }
    call_leave(c);
    return reply;
}

/* Everything that is sent fits into any socket's buffer, so one call is enough; if it fails, receiving
 * reports it. */
static void say(const struct plain *p, const char *text)
{
    size_t n = strlen(text);
    ssize_t ignored = send(p->fd, text, n, MSG_NOSIGNAL);
    (void)ignored;
}

/* Shorter than the whole timeout, so that a server that waits for a line end still has time to answer. */
static uint64_t step_ms(const struct plain *p, uint64_t ms)
{
    uint64_t third = p->silence_ms / 3;
    return ms < third ? ms : third;
}

static void say_name(struct plain *p)
{
    p->said = SAID_NAME;
    /* An empty name means the top folder, and is sent as a line end. */
    say(p, p->remote->name[0] ? p->remote->name : "\n");
    p->say_at = p->bare ? UINT64_MAX : clock_ms() + step_ms(p, LINE_END_MS);
}

static void say_more(struct plain *p)
{
    p->say_at = UINT64_MAX;
    switch (p->said) {
    case SAID_NAME:
        if (p->remote->name[0])
            say(p, "\n");
        p->said = SAID_LINE_END;
        p->say_at = clock_ms() + step_ms(p, OUR_END_MS);
        break;
    case SAID_LINE_END:
        shutdown(p->fd, SHUT_WR);
        p->said = SAID_OUR_END;
        break;
    case SAID_OUR_END:
        break;
    }
}

/* Waits for bytes of the server, and sends the next thing as long as nothing came. */
static enum waited listen_on(struct plain *p, bool heard)
{
    uint64_t until = clock_ms() + (heard ? p->net->timeout_s * 1000ull : p->silence_ms);
    for (;;) {
        uint64_t turn = !heard && p->say_at < until ? p->say_at : until;
        enum waited w = wait_for(p->fd, POLLIN, turn, p->stop, p->r);
        if (w != WAITED_TOO_LONG || turn == until)
            return w;
        say_more(p);
    }
}

/* Passes the held bytes on as the beginning of the file. */
static bool open_up(struct receiver *r, struct slice held)
{
    const struct answer a = {.code = 200, .place = ""};
    return r->begin(r, &a) && (held.n == 0 || r->take(r, held));
}

static enum reply receive(struct plain *p)
{
    struct receiver *r = p->r;
    /* Bytes are held in the block until they cannot be "File not found" any more. */
    size_t held = 0;
    bool begun = false;
    for (;;) {
        enum waited w = listen_on(p, begun || held > 0);
        if (w != WAITED_READY)
            return waited_reply(p, w);
        ssize_t n = recv(p->fd, p->block + held, BLOCK_BYTES - held, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0) {
            p->why = errno;
            return REPLY_CUT;
        }
        struct slice all = {p->block, held + (size_t)n};
        if (n == 0 && !begun && all.n == 0)
            return REPLY_EMPTY;
        if (n == 0 && !begun && slice_eq(all, NO_FILE))
            return REPLY_NOT_FOUND;
        held = 0;
        bool good = true;
        if (begun)
            good = n == 0 || r->take(r, all);
        else if (n > 0 && slice_starts(NO_FILE, all))
            held = all.n;
        else
            good = begun = open_up(r, all);
        if (!good)
            return ended(p, r->outcome);
        if (n == 0)
            return REPLY_FILE;
    }
}

/* One connection, from beginning to end. */
static enum reply converse(struct plain *p)
{
    enum reply reply = connected(p);
    if (reply != REPLY_FILE)
        return reply;
    say_name(p);
    reply = receive(p);
    close(TAKE_FD(p->fd));
    return reply;
}

/* After we sent more than the name, a failure may be caused by that: a server that reads once may have read
 * the newline as part of the name, or taken our end for a good-bye; and it resets the connection if our
 * newline is unread. */
static bool doubtful(const struct plain *p, enum reply reply)
{
    if (p->said == SAID_NAME || p->remote->name[0] == '\0')
        return false;
    switch (reply) {
    case REPLY_EMPTY:
    case REPLY_NOT_FOUND:
    case REPLY_CUT:
        return true;
    case REPLY_FILE:
    case REPLY_SILENCE:
    case REPLY_NO_SERVER:
    case REPLY_NONE:
        break;
    }
    return false;
}

/* Asks again with the bare name only, and compares with `first`, which took `took` ms. */
static enum reply ask_once_more(struct plain *p, enum reply first, uint64_t took)
{
    enum said said = p->said;
    int why = p->why;
    /* An answer that would become an empty file gets the whole timeout. */
    uint64_t enough = 2 * took > FALL_BACK_MS ? 2 * took : FALL_BACK_MS;
    if (first != REPLY_EMPTY && enough < p->silence_ms)
        p->silence_ms = enough;
    p->bare = true;
    enum reply second = converse(p);
    bool answered = second != REPLY_SILENCE && second != REPLY_NO_SERVER;
    /* A server that was silent until we ended our side may have wanted to send more. */
    if (answered || (first == REPLY_EMPTY && (said == SAID_OUR_END || second == REPLY_NO_SERVER)))
        return second;
    p->why = why;
    return first;
}

static enum outcome conclude(struct plain *p, enum reply reply)
{
    struct escaped shown = escape(slice_of(p->remote->shown));
    switch (reply) {
    case REPLY_FILE:
        return OUTCOME_DONE;
    case REPLY_EMPTY:
        if (open_up(p->r, SLICE("")))
            return OUTCOME_DONE;
        p->err = p->r->err;
        return p->r->outcome;
    case REPLY_NOT_FOUND:
        err_set(&p->err, STATUS_NOT_FOUND, "%s: no such file on the server", shown.text);
        return OUTCOME_FAILED;
    case REPLY_CUT:
        err_set(&p->err, STATUS_NETWORK, "%s: the connection was cut: %s", shown.text, strerror(p->why));
        return OUTCOME_AGAIN;
    case REPLY_SILENCE:
        err_set(&p->err, STATUS_NETWORK, "%s: the server sent nothing for %u seconds", shown.text,
                p->net->timeout_s);
        return OUTCOME_AGAIN;
    case REPLY_NO_SERVER:
    case REPLY_NONE:
        break;
    }
    return p->outcome;
}

enum outcome plain_attempt(const struct net_options *net, struct stop *stop, const struct remote *remote,
                           struct receiver *r, struct err *e)
{
    AUTO_FREE char *block = malloc(BLOCK_BYTES);
    if (!block) {
        err_set(e, STATUS_FAILED, "out of memory");
        return OUTCOME_FAILED;
    }
    struct plain p = {.net = net,
                      .stop = stop,
                      .remote = remote,
                      .r = r,
                      .block = block,
                      .fd = -1,
                      .silence_ms = net->timeout_s * 1000ull};
    uint64_t began = clock_ms();
    enum reply reply = converse(&p);
    if (doubtful(&p, reply))
        reply = ask_once_more(&p, reply, clock_ms() - began);
    enum outcome outcome = conclude(&p, reply);
    *e = p.err;
    return outcome;
}
