/* One attempt in the plain dialect: a name goes out, the file's bytes come, then the end. */
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

/* A server that reads once takes for the name whatever has come by then, so that the name goes out bare. One
 * that reads a line, or until our side ends, still says nothing after this long: it gets the line's end, and
 * then ours. */
#define LINE_END_MS 1000
#define OUR_END_MS 500
/* How long the bare name may go without an answer where there is another one to fall back on. */
#define FALL_BACK_MS 3000

/* What a server says that has no such file; there is no other sign. */
#define NO_FILE SLICE("File not found")

/* What a wait for a descriptor ended with. */
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

/* What one connection brought. */
enum reply {
    REPLY_FILE,      /* the receiver has all of it */
    REPLY_EMPTY,     /* an orderly end, and not a byte before it */
    REPLY_NOT_FOUND, /* the text that says so */
    REPLY_CUT,       /* it broke off, perhaps after some bytes */
    REPLY_SILENCE,   /* nothing for too long */
    REPLY_NO_SERVER, /* there was no connection; `err` says why */
    REPLY_NONE,      /* somebody here ended it: `outcome` */
};

/* What we have said on a connection besides the bare name. */
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
    uint64_t say_at;      /* clock_ms(): when to say the next thing */
    uint64_t silence_ms;  /* how long the server may take for its first byte */
    bool bare;            /* nothing but the name */
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

/* What a wait that ended otherwise than well comes to. */
static enum reply waited_reply(struct plain *p, enum waited w)
{
    if (w == WAITED_TOO_LONG)
        return REPLY_SILENCE;
    return ended(p, w == WAITED_STOPPED ? OUTCOME_STOPPED : p->r->outcome);
}

/* REPLY_FILE: p->fd is connected. */
static enum reply connected(struct plain *p)
{
    struct call *c = call_start(p->remote->host, p->remote->port, (int)p->net->timeout_s * 1000);
    if (!c) {
        err_set(&p->err, STATUS_FAILED, "cannot start a thread: %s", strerror(errno));
        p->outcome = OUTCOME_FAILED;
        return REPLY_NO_SERVER;
    }
    /* dial() has a limit of its own. */
    enum waited w = wait_for(call_done(c), POLLIN, UINT64_MAX, p->stop, p->r);
    enum reply reply = w == WAITED_READY ? REPLY_FILE : waited_reply(p, w);
    if (w == WAITED_READY) {
        int why;
        p->fd = call_take(c, &why, &p->err);
        /* A host that has no address will have none in a second either. */
        p->outcome = why != 0 ? OUTCOME_AGAIN : OUTCOME_FAILED;
        reply = p->fd >= 0 ? REPLY_FILE : REPLY_NO_SERVER;
    }
    call_leave(c);
    return reply;
}

/* Whatever is said fits into any socket's buffer, so that one call is enough; and where it fails, receiving
 * will tell. */
static void say(const struct plain *p, const char *text)
{
    size_t n = strlen(text);
    ssize_t ignored = send(p->fd, text, n, MSG_NOSIGNAL);
    (void)ignored;
}

/* Short of the whole patience, so that a server that reads lines has time to answer. */
static uint64_t step_ms(const struct plain *p, uint64_t ms)
{
    uint64_t third = p->silence_ms / 3;
    return ms < third ? ms : third;
}

static void say_name(struct plain *p)
{
    p->said = SAID_NAME;
    /* No name at all is the top folder; there it takes the line's end to say anything. */
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

/* Waits for what the server says, and says more while it says nothing at all. */
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

/* Hands on what is held back, as the beginning of the file. */
static bool open_up(struct receiver *r, struct slice held)
{
    const struct answer a = {.code = 200, .place = ""};
    return r->begin(r, &a) && (held.n == 0 || r->take(r, held));
}

static enum reply receive(struct plain *p)
{
    struct receiver *r = p->r;
    /* Until it is certain that it is no "File not found", everything stays in the block. */
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

/* One connection, from its beginning to its end. */
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

/* What came after we had said more than the name may be the doing of that: a server that reads once may have
 * taken the line's end as part of the name, or our end as a good-bye; it resets the connection where our
 * line's end lies unread. */
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

/* Asks with the bare name alone, and weighs that against `first`, which took `took` ms. */
static enum reply ask_once_more(struct plain *p, enum reply first, uint64_t took)
{
    enum said said = p->said;
    int why = p->why;
    /* What would be taken for an empty file gets all of the patience that there is. */
    uint64_t enough = 2 * took > FALL_BACK_MS ? 2 * took : FALL_BACK_MS;
    if (first != REPLY_EMPTY && enough < p->silence_ms)
        p->silence_ms = enough;
    p->bare = true;
    enum reply second = converse(p);
    bool answered = second != REPLY_SILENCE && second != REPLY_NO_SERVER;
    /* A server that said nothing until we left may have wanted to say more. */
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
