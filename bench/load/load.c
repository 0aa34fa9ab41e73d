/* The load generator of the bench: one thread, one epoll, groups of connections that repeat their requests.
 *
 *   load port=P [warm=MS] [time=MS] [cpu=PID,PID...] [spin]
 *        group=NAME target=PATH connections=N ...  group=NAME ...
 *
 * The words of a group are those of struct group. It prints "open" once each connection has had its first
 * answer, runs for `warm`, counts for `time`, and prints the results as JSON, with the CPU time that the
 * processes of `cpu` (the server's) and it itself used in exactly that time. An answer with a wrong status
 * or length ends it with a message and exit status 1: a figure with an error in it is worthless.
 *
 * With `spin` it never sleeps. Over loopback the sender pays for waking a sleeping receiver. On a virtual
 * machine that takes longer than everything else (40 us of CPU were seen), and it happens more often the
 * faster the server is. A server whose clients are elsewhere never pays it. */
#include "../words.h"
#include "group.h"
#include "pattern.h"
#include "reply.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GROUPS_MAX 8
#define CPUS_MAX 64
#define BATCH 256
/* How many bytes one call reads: about as many as clients do (curl: 100 KiB). */
#define TAKE (128 << 10)
/* Connections without an answer so far; fewer than any server's backlog. */
#define OPENING_MAX 64
/* A server that does not answer at all is an error. */
#define STALL_NS 20000000000u
#define MS 1000000u

enum conn_state {
    CONN_CLOSED,
    CONN_ASKED,
    CONN_ASLEEP, /* It has read what its rate allows. */
    CONN_HELD,   /* It has had its first answer, and waits until all have. */
    CONN_IDLE,   /* It has sent all its requests. */
};

struct conn {
    struct group *group;
    enum conn_state state;
    int fd;
    struct reply reply;
    uint64_t begun;   /* When the current request began: ns, on its group's clock. */
    uint64_t first;   /* If the group has a rate: when the first request began, on the monotonic clock. */
    uint64_t taken;   /* Bytes since then. */
    uint64_t answers; /* Answers since then. */
    uint64_t arrived; /* When the last bytes that it read had arrived, on the clock of `begun`. */
    uint64_t file, at;
    bool counted; /* Its first answer has come. */
};

enum phase { PHASE_OPENING, PHASE_WARM, PHASE_MEASURED, PHASE_OVER };

struct load {
    uint16_t port;
    uint64_t warm, time;
    clockid_t cpus[CPUS_MAX];
    unsigned cpus_n;
    struct group groups[GROUPS_MAX];
    unsigned groups_n;
    int epoll;
    struct conn *conns;
    size_t conns_n, opened, counted, late;
    struct conn **sleepers;
    size_t sleepers_n;
    enum phase phase;
    uint64_t phase_end, last_answer;
    uint64_t begun, begun_server, begun_self;
    bool spin;     /* Never sleep. */
    uint64_t idle; /* Time spent polling without a result, in ns. */
    char buffer[TAKE];
};

static struct load load;

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) < 0)
        DIE("a process of the server has ended");
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* The clock of the kernel's timestamps. */
static uint64_t group_ns(const struct group *g)
{
    return clock_ns(g->arrival ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

static uint64_t server_ns(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < load.cpus_n; i++)
        sum += clock_ns(load.cpus[i]);
    return sum;
}

static void watch(struct conn *c, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(load.epoll, op, c->fd, &e) < 0)
        DIE("epoll_ctl: %s", strerror(errno));
}

static void conn_close(struct conn *c)
{
    close(c->fd);
    c->state = CONN_CLOSED;
}

/* On loopback a connection is made at once, so blocking in connect() costs nothing. */
static void conn_connect(struct conn *c)
{
    static uint32_t source;
    const int on = 1;
    struct group *g = c->group;
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(load.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        DIE("%s: no more sockets: %s", g->name, strerror(errno));
    if (g->sources) {
        struct sockaddr_in from = {.sin_family = AF_INET,
                                   .sin_addr.s_addr =
                                       htonl(INADDR_LOOPBACK + 1 + source++ % (uint32_t)g->sources)};
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(c->fd, (struct sockaddr *)&from, sizeof from) < 0)
            DIE("%s: cannot bind: %s", g->name, strerror(errno));
    }
    if (g->window) {
        int window = (int)g->window;
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    }
    if (g->arrival && setsockopt(c->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0)
        DIE("%s: the kernel does not say when something came: %s", g->name, strerror(errno));
    /* Also bounds connect(). */
    const struct timeval patience = {.tv_sec = STALL_NS / 1000000000u};
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0)
        DIE("%s: cannot connect: %s", g->name, strerror(errno));
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

/* Sends the next request, if there is one. */
static void conn_ask(struct conn *c)
{
    char request[GROUP_REQUEST_MAX];
    struct group *g = c->group;
    size_t n;
    if (g->each && c->answers == g->each) {
        c->state = CONN_IDLE;
        return;
    }
    if (load.phase == PHASE_OPENING && c->answers > 0) {
        c->state = c->state == CONN_CLOSED ? CONN_CLOSED : CONN_HELD;
        return;
    }
    if (!group_ask(g, request, &n, &c->file, &c->at)) {
        if (c->state != CONN_CLOSED)
            conn_close(c);
        g->open--;
        return;
    }
    reply_begin(&c->reply, g->plain);
    c->begun = group_ns(g);
    if (c->state == CONN_CLOSED)
        conn_connect(c);
    if (send(c->fd, request, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
        DIE("%s: cannot send a request: %s", g->name, strerror(errno));
    c->state = CONN_ASKED;
    if (g->rate && !c->first)
        c->first = now_ns();
}

static void conn_answered(struct conn *c)
{
    struct group *g = c->group;
    uint64_t now = g->arrival ? c->arrived : now_ns();
    unsigned wanted = g->range ? 206 : 200;
    if (!g->plain && c->reply.status != wanted)
        DIE("%s: status %u instead of %u", g->name, c->reply.status, wanted);
    if (g->length == 0)
        g->length = c->reply.length;
    if (c->reply.length != g->length)
        DIE("%s: %llu bytes instead of %llu", g->name, (unsigned long long)c->reply.length,
            (unsigned long long)g->length);
    g->requests++;
    histogram_add(&g->latency, now - c->begun);
    c->answers++;
    if (g->fresh || g->plain)
        conn_close(c);
    conn_ask(c);
}

static void check(const struct conn *c, const char *body, size_t n)
{
    uint64_t at = c->at + c->reply.length - n;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)body[i] != pattern_byte(c->file, at + i))
            DIE("%s: the byte at %llu of file %llu is wrong", c->group->name, (unsigned long long)(at + i),
                (unsigned long long)c->file);
}

static void conn_take(struct conn *c, const char *data, size_t n)
{
    struct group *g = c->group;
    for (size_t at = 0; at < n;) {
        const char *body = NULL;
        size_t body_n, used = reply_feed(&c->reply, data + at, n - at, &body, &body_n);
        if (g->check)
            check(c, body, body_n);
        g->bytes += body_n;
        at += used;
        if (c->reply.state == REPLY_BAD || (c->reply.state == REPLY_DONE && at < n))
            DIE("%s: that is no answer: %.200s", g->name, data);
        if (c->reply.state == REPLY_DONE)
            conn_answered(c);
    }
    if (!c->counted)
        load.counted++;
    c->counted = true;
}

static void conn_ended(struct conn *c)
{
    bool nothing_came = c->reply.state == REPLY_HEAD && c->reply.held == 0;
    conn_close(c);
    if (nothing_came && c->answers > 0) {
        /* A server may close a connection that has had enough requests. */
        c->group->reconnects++;
        conn_ask(c);
        return;
    }
    reply_end(&c->reply);
    if (c->reply.state == REPLY_BAD)
        DIE("%s: the connection ended after %llu bytes of an answer", c->group->name,
            (unsigned long long)c->reply.length);
    conn_answered(c);
}

/* How many bytes the connection may read now. It does not wake up for less than a hundredth of a second's
 * worth, and a connection that fell behind may catch up on at most ten of those. */
static size_t allowance(struct conn *c, uint64_t now)
{
    uint64_t rate = c->group->rate, step = rate / 100;
    if (!rate)
        return TAKE;
    uint64_t due = (uint64_t)((double)rate * (double)(now - c->first) / 1e9);
    if (due > c->taken + 10 * step)
        c->taken = due - 10 * step;
    uint64_t open = due > c->taken ? due - c->taken : 0;
    return open < (step < TAKE ? step : TAKE) ? 0 : open < TAKE ? (size_t)open : TAKE;
}

/* Like recv(), but also finds out when the last byte arrived. The kernel begins to timestamp a moment after
 * it was asked to. */
static ssize_t take_stamped(struct conn *c, size_t room)
{
    struct timespec at;
    char control[CMSG_SPACE(sizeof at)];
    struct iovec v = {load.buffer, room};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT);
    const struct cmsghdr *stamp = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    c->arrived = group_ns(c->group);
    if (stamp && stamp->cmsg_level == SOL_SOCKET && stamp->cmsg_type == SO_TIMESTAMPNS) {
        memcpy(&at, CMSG_DATA(stamp), sizeof at);
        c->arrived = (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
    } else if (n > 0 && load.phase == PHASE_MEASURED) {
        DIE("%s: the kernel does not say when something came", c->group->name);
    }
    if (n > 0 && c->arrived < c->begun)
        DIE("%s: an answer before its request: the system's clock was set", c->group->name);
    return n;
}

static void conn_ready(struct conn *c)
{
    size_t room = c->group->rate ? allowance(c, now_ns()) : TAKE;
    if (c->state == CONN_IDLE)
        DIE("%s: an idle connection has been ended", c->group->name);
    if (c->state == CONN_HELD) {
        /* It is reopened for its next request: a server may have too many connections. */
        c->group->reconnects++;
        conn_close(c);
        return;
    }
    if (room == 0) {
        watch(c, EPOLL_CTL_MOD, 0);
        c->state = CONN_ASLEEP;
        load.sleepers[load.sleepers_n++] = c;
        return;
    }
    ssize_t n = c->group->arrival ? take_stamped(c, room) : recv(c->fd, load.buffer, room, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0)
        DIE("%s: %s after %llu bytes of an answer", c->group->name, strerror(errno),
            (unsigned long long)c->reply.length);
    c->taken += (uint64_t)n;
    if (n == 0)
        conn_ended(c);
    else
        conn_take(c, load.buffer, (size_t)n);
}

static void wake_sleepers(uint64_t now)
{
    size_t n = load.sleepers_n;
    load.sleepers_n = 0;
    for (size_t i = 0; i < n; i++) {
        struct conn *c = load.sleepers[i];
        if (allowance(c, now) == 0) {
            load.sleepers[load.sleepers_n++] = c;
            continue;
        }
        c->state = CONN_ASKED;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static bool measured_enough(uint64_t now)
{
    bool once = false;
    for (unsigned i = 0; i < load.groups_n; i++) {
        const struct group *g = &load.groups[i];
        if (g->requests < g->least || (g->once && g->open > 0))
            return false;
        once = once || g->once;
    }
    return once || now >= load.phase_end;
}

static void begin_measuring(uint64_t now)
{
    for (unsigned i = 0; i < load.groups_n; i++) {
        struct group *g = &load.groups[i];
        g->requests = g->bytes = g->reconnects = 0;
        memset(&g->latency, 0, sizeof g->latency);
    }
    load.phase = PHASE_MEASURED;
    load.phase_end = now + load.time;
    load.begun_server = server_ns();
    load.begun_self = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    load.idle = 0;
    load.begun = now_ns();
    for (size_t i = 0; i < load.conns_n; i++)
        if (load.conns[i].group->once)
            conn_ask(&load.conns[i]);
}

static void print_results(void)
{
    uint64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - load.begun_self;
    used -= load.idle < used ? load.idle : used; /* Time spent polling is not counted. */
    printf("{\"seconds\": %.6f, \"server_cpu\": %.9f, \"load_cpu\": %.9f, \"groups\": {",
           (double)(now_ns() - load.begun) / 1e9, (double)(server_ns() - load.begun_server) / 1e9,
           (double)used / 1e9);
    for (unsigned i = 0; i < load.groups_n; i++) {
        if (i)
            printf(", ");
        group_print(&load.groups[i]);
    }
    printf("}}\n");
}

/* Opens more connections if there are more to open, and begins the next phase when it is time. */
static void advance(uint64_t now)
{
    switch (load.phase) {
    case PHASE_OPENING:
        if (now >= load.phase_end)
            DIE("only %zu of %zu connections have had an answer", load.counted, load.conns_n - load.late);
        while (load.opened < load.conns_n && load.opened - load.late < load.counted + OPENING_MAX) {
            struct conn *c = &load.conns[load.opened++];
            if (c->group->once)
                load.late++;
            else
                conn_ask(c);
        }
        if (load.counted == load.conns_n - load.late && load.opened == load.conns_n) {
            puts("open");
            fflush(stdout);
            load.phase = PHASE_WARM;
            load.phase_end = now_ns() + load.warm;
            for (size_t i = 0; i < load.conns_n; i++)
                if (load.conns[i].state == CONN_HELD ||
                    (load.conns[i].state == CONN_CLOSED && load.conns[i].counted))
                    conn_ask(&load.conns[i]);
        }
        break;
    case PHASE_WARM:
        if (now >= load.phase_end)
            begin_measuring(now);
        break;
    case PHASE_MEASURED:
        if (measured_enough(now)) {
            print_results();
            load.phase = PHASE_OVER;
        }
        break;
    case PHASE_OVER:
        break;
    }
}

static void run(void)
{
    struct epoll_event events[BATCH];
    load.last_answer = now_ns();
    load.phase_end = load.last_answer + STALL_NS;
    while (load.phase != PHASE_OVER) {
        uint64_t now = now_ns();
        advance(now);
        int n = epoll_wait(load.epoll, events, BATCH, load.spin ? 0 : load.sleepers_n ? 1 : 10);
        for (int i = 0; i < n; i++)
            conn_ready(events[i].data.ptr);
        uint64_t after = now_ns();
        if (n == 0 && load.spin)
            load.idle += after - now;
        now = after;
        if (n > 0)
            load.last_answer = now;
        else if (now - load.last_answer > STALL_NS)
            DIE("nothing has come for %u seconds", (unsigned)(STALL_NS / 1000000000u));
        wake_sleepers(now);
    }
}

static void read_cpus(const char *text)
{
    for (char *end; *text; text = *end == ',' ? end + 1 : end) {
        pid_t pid = (pid_t)strtol(text, &end, 10);
        if (end == text || load.cpus_n == CPUS_MAX ||
            clock_getcpuclockid(pid, &load.cpus[load.cpus_n++]) != 0)
            DIE("no such process: %s", text);
    }
}

static void read_words(int argc, char **argv)
{
    uint64_t number;
    for (int i = 1; i < argc; i++) {
        if (word_text(argv[i], "group")) {
            if (load.groups_n == GROUPS_MAX)
                DIE("more than %d groups", GROUPS_MAX);
            load.groups_n++;
        }
        if (load.groups_n)
            group_read(&load.groups[load.groups_n - 1], argv[i]);
        else if (word_number(argv[i], "port", &number))
            load.port = (uint16_t)number;
        else if (word_number(argv[i], "warm", &number))
            load.warm = number * MS;
        else if (word_number(argv[i], "time", &number))
            load.time = number * MS;
        else if (strcmp(argv[i], "spin") == 0)
            load.spin = true;
        else if (word_text(argv[i], "cpu"))
            read_cpus(word_text(argv[i], "cpu"));
        else
            DIE("what is '%s'?", argv[i]);
    }
}

static void make_conns(void)
{
    for (unsigned i = 0; i < load.groups_n; i++)
        load.conns_n += load.groups[i].connections;
    load.conns = calloc(load.conns_n + 1, sizeof *load.conns);
    load.sleepers = calloc(load.conns_n + 1, sizeof *load.sleepers);
    if (!load.conns || !load.sleepers)
        DIE("out of memory");
    struct conn *c = load.conns;
    for (unsigned i = 0; i < load.groups_n; i++) {
        struct group *g = &load.groups[i];
        g->open = g->connections;
        for (uint64_t k = 0; k < g->connections; k++)
            (c++)->group = g;
    }
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    read_words(argc, argv);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    make_conns();
    run();
    return 0;
}
