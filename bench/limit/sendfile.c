/* The least that a file server can do: epoll, recv, a head, and sendfile() in turns.
 *
 *   sendfile port=P file=PATH head=BYTES [length=BYTES] [random] [more]
 *            [piece=BYTES] [sndbuf=BYTES] [lowat=BYTES]
 *
 * An answer is `length` bytes of the file (default: all), from its beginning or from a random place. With
 * `more` the head waits for the first bytes, so that both share a segment. `piece` is the number of bytes a
 * call; `sndbuf` and `lowat` are SO_SNDBUF and TCP_NOTSENT_LOWAT. How much may be in flight decides whether
 * the receiver finds the bytes in its cache; the bench looks for the best values. */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define HEAD_MAX 4096

struct settings {
    uint64_t port, head, length, piece, sndbuf, lowat, size;
    bool random, more;
    int file;
    char bytes[HEAD_MAX];
};

struct client {
    off_t at;
    uint64_t left;
    bool ready; /* It is in the queue for its next turn. */
};

static struct client clients[DESCRIPTORS_MAX];
static int line[DESCRIPTORS_MAX];
static int line_n;

static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void enter(int fd)
{
    if (!clients[fd].ready)
        line[line_n++] = fd;
    clients[fd].ready = true;
}

static void leave(int fd)
{
    clients[fd] = (struct client){0};
    close(fd);
}

/* False: nothing more to do for this connection until epoll reports an event. */
static bool turn(int fd, const struct settings *s)
{
    struct client *c = &clients[fd];
    if (c->left == 0) {
        char request[16384];
        ssize_t n = recv(fd, request, sizeof request, 0);
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0) {
            leave(fd);
            return false;
        }
        /* The bench's load generator sends each request in one piece. */
        if (n < 4 || memcmp(request + n - 4, "\r\n\r\n", 4) != 0)
            DIE("half a request");
        if (send(fd, s->bytes, s->head, s->more ? MSG_MORE : 0) != (ssize_t)s->head)
            DIE("no room for a head");
        c->left = s->length;
        c->at = s->random ? (off_t)(next_random() % (s->size - s->length + 1)) : 0;
    }
    ssize_t n = sendfile(fd, s->file, &c->at, c->left < s->piece ? c->left : s->piece);
    if (n > 0)
        c->left -= (uint64_t)n;
    else if (n == 0 || errno != EAGAIN)
        leave(fd);
    return n > 0 && c->left > 0;
}

static void greet(int door, int epoll, const struct settings *s)
{
    int fd;
    while ((fd = door_accept(door)) >= 0) {
        int sndbuf = (int)s->sndbuf, lowat = (int)s->lowat;
        if (sndbuf)
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
        if (lowat)
            setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
        clients[fd] = (struct client){0};
        door_watch(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLET);
    }
}

static void run(int door, const struct settings *s)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[BATCH];
    door_watch(epoll, door, EPOLLIN);
    for (;;) {
        int n = epoll_wait(epoll, events, BATCH, line_n ? 0 : -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == door)
                greet(door, epoll, s);
            else
                enter(events[i].data.fd);
        }
        int waiting = line_n;
        line_n = 0;
        for (int i = 0; i < waiting; i++) {
            clients[line[i]].ready = false;
            if (turn(line[i], s))
                enter(line[i]);
        }
    }
}

int main(int argc, char **argv)
{
    static struct settings s = {.piece = 256 << 10};
    const char *path = NULL;
    struct stat st;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "random") == 0)
            s.random = true;
        else if (strcmp(argv[i], "more") == 0)
            s.more = true;
        else if (word_text(argv[i], "file"))
            path = word_text(argv[i], "file");
        else if (!word_number(argv[i], "port", &s.port) && !word_number(argv[i], "head", &s.head) &&
                 !word_number(argv[i], "length", &s.length) && !word_number(argv[i], "piece", &s.piece) &&
                 !word_number(argv[i], "sndbuf", &s.sndbuf) && !word_number(argv[i], "lowat", &s.lowat))
            DIE("what is '%s'?", argv[i]);
    }
    s.file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (s.file < 0 || fstat(s.file, &st) < 0)
        DIE("cannot read the file");
    s.size = (uint64_t)st.st_size;
    if (s.length == 0)
        s.length = s.size;
    if (s.head > HEAD_MAX || s.length > s.size)
        DIE("more than there is");
    door_head(s.bytes, s.head, s.random ? 206 : 200, s.length);
    run(door_open((uint16_t)s.port), &s);
}
